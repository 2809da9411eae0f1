//! `SsmExtension` and `SecretsExtension`, the stores on the AWS Parameters and Secrets Lambda Extension.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use powertools_lambda_core::{Environment, Variables};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::http::{self, push_encoded};
use crate::decode::{SecretText, Text, json};
use crate::secrets::SecretsOptions;
use crate::ssm::SsmOptions;
use crate::{Parameters, Provider, ProviderError, Value};

/// Parameter Store through the AWS Parameters and Secrets Lambda Extension, without the AWS SDK.
///
/// The extension has its own cache (`SSM_PARAMETER_STORE_TTL`, default: 300 s), which
/// [`force_fetch`](crate::request::Get::force_fetch) does not bypass. It reads one parameter at a time and does not support
/// [`get_multiple`](Parameters::get_multiple). A name may include a version or a label (`/shop/config:3`), or be an ARN.
#[derive(Debug, Default)]
pub struct SsmExtension(Extension);

/// Secrets Manager through the AWS Parameters and Secrets Lambda Extension, without the AWS SDK.
///
/// The extension has its own cache (`SECRETS_MANAGER_TTL`, default: 300 s), which
/// [`force_fetch`](crate::request::Get::force_fetch) does not bypass.
#[derive(Debug, Default)]
pub struct SecretsExtension(Extension);

/// The port of the extension, and the variables with the session token.
#[derive(Debug)]
struct Extension {
    port: u16,
    env: Option<Variables>,
}

const PORT_VARIABLE: &str = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT";
const DEFAULT_PORT: u16 = 2773;
const TOKEN_VARIABLE: &str = "AWS_SESSION_TOKEN";
const TOKEN_HEADER: &str = "x-aws-parameters-secrets-token";

/// The handle on Parameter Store through the extension, for signatures.
pub type SsmExtensionParameters = Parameters<SsmExtension>;

/// The handle on Secrets Manager through the extension, for signatures.
pub type SecretsExtensionParameters = Parameters<SecretsExtension>;

impl Parameters<SsmExtension> {
    /// Creates a handle on Parameter Store through the extension.
    ///
    /// The extension is reached at 127.0.0.1, port `PARAMETERS_SECRETS_EXTENSION_HTTP_PORT`. Default: 2773.
    pub fn ssm_extension() -> Self {
        Self::new(SsmExtension::default())
    }
}

impl Parameters<SecretsExtension> {
    /// Creates a handle on Secrets Manager through the extension.
    ///
    /// The extension is reached at 127.0.0.1, port `PARAMETERS_SECRETS_EXTENSION_HTTP_PORT`. Default: 2773.
    pub fn secrets_extension() -> Self {
        Self::new(SecretsExtension::default())
    }
}

impl Extension {
    fn start(&mut self, environment: &Environment) {
        self.port = environment
            .variables()
            .parse(PORT_VARIABLE, "a port")
            .unwrap_or(DEFAULT_PORT);
        self.env = Some(environment.variables().clone());
    }

    async fn get<T: DeserializeOwned>(&self, target: &str, not_found: &[&str]) -> Result<T, ProviderError> {
        // Read for each call, because Lambda renews the credentials during the environment's life.
        let token = self.env.as_ref().and_then(|env| env.text(TOKEN_VARIABLE));
        let header = token.as_deref().map(|token| (TOKEN_HEADER, token));
        let body: Bytes = http::get(self.port, target, header.as_slice(), not_found).await?;
        json::parse(&body).map_err(ProviderError::unavailable)
    }
}

impl Default for Extension {
    fn default() -> Self {
        Self {
            port: DEFAULT_PORT,
            env: None,
        }
    }
}

impl Provider for SsmExtension {
    const STORE: &'static str = "SSM Parameter Store (extension)";
    type Options = SsmOptions;
    type Default = Text;

    fn start(&mut self, environment: &Environment) {
        self.0.start(environment);
    }

    async fn get(&self, name: &str, options: &SsmOptions) -> Result<Value, ProviderError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            parameter: Parameter,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Parameter {
            value: String,
            #[serde(default)]
            r#type: String,
        }

        let (name, selector) = split_selector(name);
        let mut target = "/systemsmanager/parameters/get?name=".to_owned();
        push_encoded(&mut target, name);
        if let Some(selector) = selector {
            let is_version = selector.bytes().all(|byte| byte.is_ascii_digit());
            target.push_str(if is_version { "&version=" } else { "&label=" });
            push_encoded(&mut target, selector);
        }
        if options.decrypt {
            target.push_str("&withDecryption=true");
        }
        let answer: Answer = self
            .0
            .get(&target, &["ParameterNotFound", "ParameterVersionNotFound"])
            .await?;
        let Parameter { value, r#type } = answer.parameter;
        Ok(if r#type == "StringList" {
            Value::list(value)
        } else {
            Value::text(value)
        })
    }
}

/// Splits the version or label off a name or an ARN; the extension takes it as a parameter of the query.
fn split_selector(name: &str) -> (&str, Option<&str>) {
    let resource = name.rfind(":parameter/").map_or(0, |at| at + ":parameter/".len());
    let colon = name.get(resource..).and_then(|resource| resource.find(':'));
    match colon.and_then(|colon| name.split_at_checked(resource + colon)) {
        Some((name, selector)) if selector.len() > 1 => (name, selector.get(1..)),
        _ => (name, None),
    }
}

impl Provider for SecretsExtension {
    const STORE: &'static str = "Secrets Manager (extension)";
    type Options = SecretsOptions;
    type Default = SecretText;

    fn start(&mut self, environment: &Environment) {
        self.0.start(environment);
    }

    async fn get(&self, name: &str, options: &SecretsOptions) -> Result<Value, ProviderError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            secret_string: Option<String>,
            secret_binary: Option<String>,
        }

        let mut target = "/secretsmanager/get?secretId=".to_owned();
        push_encoded(&mut target, name);
        for (option, value) in [
            ("versionId", &options.version_id),
            ("versionStage", &options.version_stage),
        ] {
            if let Some(value) = value {
                target.push('&');
                target.push_str(option);
                target.push('=');
                push_encoded(&mut target, value);
            }
        }
        let answer: Answer = self.0.get(&target, &["ResourceNotFoundException"]).await?;
        match (answer.secret_string, answer.secret_binary) {
            (Some(text), _) => Ok(Value::text(text)),
            (None, Some(base64)) => match BASE64_STANDARD.decode(base64) {
                Ok(bytes) => Ok(Value::binary(bytes)),
                Err(_) => Err(ProviderError::unavailable(
                    "the extension returned binary data that is not valid Base64",
                )),
            },
            (None, None) => Err(ProviderError::not_found()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split_selector;

    #[test]
    fn a_version_or_label_is_split_off_names_and_arns() {
        let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/a";
        for (name, split) in [
            ("/shop/a", ("/shop/a", None)),
            ("/shop/a:3", ("/shop/a", Some("3"))),
            ("a:live", ("a", Some("live"))),
            ("a:", ("a:", None)),
            (arn, (arn, None)),
            (&format!("{arn}:3"), (arn, Some("3"))),
            ("", ("", None)),
        ] {
            assert_eq!(split_selector(name), split, "{name}");
        }
    }
}
