//! AWS X-Ray traces for AWS Lambda from `tracing` spans.
