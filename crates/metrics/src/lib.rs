//! Amazon CloudWatch metrics for AWS Lambda in Embedded Metric Format, without an API call.
