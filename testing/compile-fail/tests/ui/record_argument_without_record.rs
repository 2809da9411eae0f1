//! A record handler takes `SqsMessage` instead of `Record<SqsMessage>`.

use powertools_lambda::batch::sqs::SqsMessage;
use powertools_lambda::batch::{Batch, record_fn};
use powertools_lambda::lambda_runtime::Error;

async fn charge(_message: SqsMessage) -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _batch = Batch::sqs(record_fn(charge));
}
