//! The smallest function that reads a parameter from each enabled store; `cargo xtask compile-cost` builds it.

use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    #[cfg(feature = "sdk")]
    let sdk = &aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    #[cfg(feature = "parameters")]
    let own = &powertools_lambda_parameters::Parameters::new(own::Own);
    #[cfg(feature = "secrets-extension")]
    let extension = &powertools_lambda_parameters::Parameters::ssm_extension();
    #[cfg(feature = "appconfig-agent")]
    let agent = &powertools_lambda_parameters::Parameters::appconfig_agent("live");
    #[cfg(feature = "ssm")]
    let ssm = &powertools_lambda_parameters::Parameters::ssm(sdk);
    #[cfg(feature = "secrets")]
    let secrets = &powertools_lambda_parameters::Parameters::secrets(sdk);
    #[cfg(feature = "dynamodb")]
    let dynamodb = &powertools_lambda_parameters::Parameters::dynamodb(sdk, "settings");
    #[cfg(feature = "appconfig")]
    let appconfig = &powertools_lambda_parameters::Parameters::appconfig(sdk, "live");

    let handler = async |event: LambdaEvent<String>| {
        let name = event.payload;
        #[cfg(feature = "parameters")]
        let name = own.get(&name).await?.to_string();
        #[cfg(feature = "secrets-extension")]
        let name = extension.get(&name).await?.to_string();
        #[cfg(feature = "appconfig-agent")]
        let name = agent.get(&name).await?.to_string();
        #[cfg(feature = "ssm")]
        let name = ssm.get(&name).await?.to_string();
        #[cfg(feature = "secrets")]
        let name = secrets.get(&name).text().await?.to_string();
        #[cfg(feature = "dynamodb")]
        let name = dynamodb.get(&name).await?.to_string();
        #[cfg(feature = "appconfig")]
        let name = appconfig.get(&name).await?.to_string();
        Ok::<_, Error>(name)
    };
    // Keeps `aws-config` in the binary, even if no store uses it.
    #[cfg(feature = "sdk")]
    std::hint::black_box(sdk);
    lambda_runtime::run(service_fn(handler)).await
}

#[cfg(feature = "parameters")]
mod own {
    use powertools_lambda_parameters::decode::Text;
    use powertools_lambda_parameters::{Provider, ProviderError, Value};

    /// A store that has a value for every name.
    pub(crate) struct Own;

    impl Provider for Own {
        const STORE: &'static str = "own";
        type Options = ();
        type Default = Text;

        async fn get(&self, name: &str, (): &()) -> Result<Value, ProviderError> {
            Ok(name.to_owned().into())
        }
    }
}
