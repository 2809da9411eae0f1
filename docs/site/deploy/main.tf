terraform {
  required_providers {
    archive = { source = "hashicorp/archive", version = "~> 2.7" }
    aws     = { source = "hashicorp/aws", version = "~> 6.0" }
  }
}

# Built with `cargo lambda build --release --arm64`.
data "archive_file" "orders" {
  type        = "zip"
  source_file = "target/lambda/orders/bootstrap"
  output_path = "target/lambda/orders.zip"
}

resource "aws_lambda_function" "orders" {
  function_name    = "orders"
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = ["arm64"]
  memory_size      = 128
  timeout          = 10
  filename         = data.archive_file.orders.output_path
  source_code_hash = data.archive_file.orders.output_base64sha256
  role             = aws_iam_role.orders.arn

  environment {
    variables = {
      POWERTOOLS_SERVICE_NAME      = "orders"
      POWERTOOLS_METRICS_NAMESPACE = "Shop"
    }
  }

  logging_config {
    log_format = "JSON"
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_iam_role" "orders" {
  name = "orders"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "orders" {
  for_each = toset([
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
  ])
  role       = aws_iam_role.orders.name
  policy_arn = each.value
}
