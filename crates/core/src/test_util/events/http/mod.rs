//! Events of HTTP requests and of `WebSocket` messages.

mod alb;
mod function_url;
mod http_api;
mod parts;
mod rest;
mod websocket;

pub use alb::{Alb, alb};
pub use function_url::{FunctionUrl, function_url};
pub use http_api::{ApiGatewayHttp, api_gateway_http};
pub use rest::{ApiGatewayRest, api_gateway_rest};
pub use websocket::{ApiGatewayWebSocket, api_gateway_websocket};
