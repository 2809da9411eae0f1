//! Powertools for AWS Lambda in Rust: structured logs, CloudWatch metrics and X-Ray traces in one line.
