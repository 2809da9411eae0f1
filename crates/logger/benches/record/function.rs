//! The function and the invocation that the records belong to.

pub(crate) const SERVICE: &str = "orders";
pub(crate) const FUNCTION: &str = "order-fn";
pub(crate) const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:order-fn";
pub(crate) const REQUEST_ID: &str = "52fdfc07-2182-154f-163f-5f0f9a621d72";
pub(crate) const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";
