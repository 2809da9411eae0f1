import { App, Duration, Stack } from "aws-cdk-lib";
import { Architecture, Code, Function, LoggingFormat, Runtime, Tracing } from "aws-cdk-lib/aws-lambda";

const stack = new Stack(new App(), "Orders");

new Function(stack, "OrderFunction", {
  functionName: "orders",
  runtime: Runtime.PROVIDED_AL2023,
  handler: "bootstrap",
  architecture: Architecture.ARM_64,
  memorySize: 128,
  timeout: Duration.seconds(10),
  // Built with `cargo lambda build --release --arm64`.
  code: Code.fromAsset("target/lambda/orders"),
  environment: {
    POWERTOOLS_SERVICE_NAME: "orders",
    POWERTOOLS_METRICS_NAMESPACE: "Shop",
  },
  loggingFormat: LoggingFormat.JSON,
  // Also allows the function to send traces.
  tracing: Tracing.ACTIVE,
});
