//! [`EventSource`], where a request came from, and [`Format`], the form of its event and answer.

/// The service that passed a request to the function.
///
/// Each request has it in its extensions.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EventSource {
    /// An API Gateway REST API.
    RestApi,
    /// An API Gateway HTTP API, with payload format 2.0 or 1.0.
    HttpApi,
    /// A Lambda function URL, or a client of the desk.
    FunctionUrl,
    /// An Application Load Balancer.
    Alb,
    /// An API Gateway WebSocket API.
    WebSocketApi,
    /// VPC Lattice, with version 2 of its event structure.
    VpcLattice,
}

impl EventSource {
    /// Returns whether this source passes an answer on while the function writes it.
    pub(crate) fn can_stream(self) -> bool {
        matches!(self, Self::RestApi | Self::FunctionUrl)
    }

    /// Returns how many bytes the JSON of an answer may have.
    pub(crate) fn max_answer_bytes(self) -> usize {
        /// The limit of Lambda: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
        const LAMBDA: usize = 6_291_556;
        /// The limit of an Application Load Balancer:
        /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>.
        const ALB: usize = 1_048_576;
        if self == Self::Alb { ALB } else { LAMBDA }
    }

    /// Returns the source's name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RestApi => "a REST API",
            Self::HttpApi => "an HTTP API",
            Self::FunctionUrl => "a function URL",
            Self::Alb => "an Application Load Balancer",
            Self::WebSocketApi => "a WebSocket API",
            Self::VpcLattice => "VPC Lattice",
        }
    }
}

/// The form of the event, which the answer must have, too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// REST and WebSocket APIs, and HTTP APIs with payload format 1.0.
    Version1,
    /// HTTP APIs and function URLs.
    Version2,
    /// Load balancers, and whether their target group has multi-value headers.
    Alb { multi_value: bool },
    /// VPC Lattice.
    VpcLattice,
}
