//! Structured JSON logs for AWS Lambda, with the Lambda context on every record, on top of `tracing`.
