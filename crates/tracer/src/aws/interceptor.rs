//! [`AwsInterceptor`], the interceptor for AWS SDK clients.

use std::fmt::Write as _;
use std::sync::LazyLock;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_types::region::Region;
use aws_types::sdk_ua_metadata::FrameworkMetadata;
use powertools_lambda_core::{Invocation, TraceHeader};

use super::{error, resource};
use crate::SpanKind;
use crate::open_call::OpenCall;

/// Records the calls of an AWS SDK client and passes the trace on to AWS.
///
/// Add it to the configuration of any `aws-sdk-*` client with `.interceptor(tracer.aws_interceptor())`; see
/// [`Tracer::aws_interceptor`](crate::Tracer::aws_interceptor) for an example. To trace the calls of the parameters
/// utility, pass it a client that has the interceptor:
///
/// ```text
/// let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
/// let config = aws_sdk_ssm::config::Builder::from(&config).interceptor(tracer.aws_interceptor()).build();
/// let parameters = Parameters::ssm(aws_sdk_ssm::Client::from_conf(config));
/// ```
///
/// Each call, including its retries, becomes one span within the current one, with operation, region, request id,
/// number of retries, status, and the resource that it uses: table, queue, topic, stream, bucket, function or state
/// machine.
///
/// The request carries the tracing header with that span as its parent, also with concurrent invocations, for which the
/// SDK itself sends no header, and also if the trace is not recorded, because Lambda uses the header to stop recursive
/// calls. A header that the request already has is kept. Outside an invocation nothing is recorded and no header is
/// sent.
///
/// The client's user agent names the toolkit as `lib/powertools-lambda-rust/<version>`, through the SDK's framework
/// metadata; your application name is not changed.
#[derive(Clone, Copy, Debug)]
#[must_use = "an interceptor does nothing unless it is added to the configuration of a client"]
#[non_exhaustive]
pub struct AwsInterceptor;

/// The name of the toolkit in user agents, in the form that Powertools uses in other languages.
const TOOLKIT: &str = "powertools-lambda-rust";

/// The entry in user agents, whose characters the SDK checks once for the process.
static TOOLKIT_METADATA: LazyLock<Option<FrameworkMetadata>> =
    LazyLock::new(|| FrameworkMetadata::new(TOOLKIT, Some(env!("CARGO_PKG_VERSION"))).ok());

/// The tracing header.
const HEADER: &str = "x-amzn-trace-id";

impl AwsInterceptor {
    pub(crate) fn new() -> Self {
        Self
    }
}

/// The recorded call, kept in the SDK's state of the operation; `None` once it has ended. A call that is not recorded has no state.
struct State(Option<OpenCall>);

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State")
    }
}

impl Storable for State {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for AwsInterceptor {
    fn name(&self) -> &'static str {
        "PowertoolsTracer"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let state = cfg.interceptor_state();
        if let Some(call) = OpenCall::begin(SpanKind::Aws) {
            // Nothing is stored for a call that is not recorded: each item of the state is allocated.
            state.store_put(State(Some(call)));
        }
        if let Some(toolkit) = TOOLKIT_METADATA.as_ref() {
            state.store_append(toolkit.clone());
        }
        Ok(())
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let call = cfg.load::<State>().and_then(|state| state.0.as_ref());
        if let Some(call) = call {
            let resources = resource::named_by(request);
            let metadata = cfg.load::<Metadata>();
            call.change(|record| {
                if let Some(metadata) = metadata {
                    record.set_name(metadata.service().to_owned().into(), SpanKind::Aws);
                    metadata.name().clone_into(&mut record.aws_mut().operation);
                }
                record.aws_mut().resources = resources;
            });
        }
        if request.headers().contains_key(HEADER) {
            return Ok(());
        }
        let header = match call {
            Some(call) => call.header().map(|header| text_of(&header)),
            None => Invocation::with_current(|invocation| invocation.trace_header().map(text_of)).flatten(),
        };
        if let Some(header) = header {
            let _ = request.headers_mut().try_insert(HEADER, header);
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(State(Some(call))) = cfg.load::<State>() {
            let region = signing_region(context.request()).or_else(|| cfg.load::<Region>().map(Region::as_ref));
            let region = region.map(str::to_owned);
            let bucket = resource::bucket(context.request());
            call.change(|record| {
                let aws = record.aws_mut();
                aws.region = region;
                if let Some(bucket) = bucket
                    && aws.resources.is_empty()
                {
                    aws.resources.push(bucket);
                }
            });
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempts = cfg.load::<RequestAttempts>().map_or(1, |attempts| u32::from(*attempts));
        let Some(call) = cfg
            .get_mut_from_interceptor_state::<State>()
            .and_then(|state| state.0.take())
        else {
            return Ok(());
        };
        let response = context.response();
        let request_id = response.and_then(|response| {
            let headers = response.headers();
            let names = ["x-amzn-requestid", "x-amz-request-id"];
            names.iter().find_map(|name| headers.get(name)).map(str::to_owned)
        });
        call.change(|record| {
            let aws = record.aws_mut();
            aws.retries = attempts.saturating_sub(1);
            aws.request_id = request_id;
            if let Some(response) = response {
                record.set_status(response.status().as_u16());
                let length = response
                    .headers()
                    .get("content-length")
                    .and_then(|length| length.parse().ok());
                record.http_mut().content_length = length;
            }
        });
        if let Some(Err(failure)) = context.output_or_error() {
            error::record(&call, failure, response);
        }
        call.complete();
        Ok(())
    }
}

/// Returns a tracing header as text, in one allocation.
fn text_of(header: &TraceHeader) -> String {
    let mut text = String::with_capacity(128);
    let _ = write!(text, "{header}");
    text
}

/// Returns the region that a request was signed for, from the scope of its signature.
fn signing_region(request: &HttpRequest) -> Option<&str> {
    let authorization = request.headers().get("authorization")?;
    let (_, scope) = authorization.split_once("Credential=")?;
    // <access key>/<date>/<region>/<service>/aws4_request
    let region = scope.split('/').nth(2)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (!region.is_empty() && region.bytes().all(plain)).then_some(region)
}
