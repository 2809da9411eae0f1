//! The README's handler is run here, and the README must show the document that it sends.

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_tracer as tracer;
use serde_json::Value;

use crate::common::Function;

// example: handler
#[tracing::instrument(err)]
async fn charge(order_id: u64) -> Result<(), Error> {
    tracer::annotate("tenant", "acme");
    Ok(())
}

async fn handler(_: LambdaEvent<serde_json::Value>) -> Result<(), Error> {
    charge(7).await
}
// end

#[tokio::test]
async fn the_readme_shows_what_is_sent() {
    let documents = Function::new()
        .sent(|event| handler(LambdaEvent::new(Value::Null, event.context)))
        .await;
    let sent = guide_check::documents(&documents);
    let (text, source) = (include_str!("../../README.md"), include_str!("readme.rs"));
    guide_check::check("crates/tracer/README.md", text, source, |readme| {
        readme.left_out("[dependencies]", "a manifest");
        readme.code_within("handler");
        readme.output("handler", "json", &sent);
    });
}
