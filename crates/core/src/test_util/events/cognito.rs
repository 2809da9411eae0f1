//! `CognitoPreSignUp`, the trigger of a user pool before a sign-up.

use serde_json::{Map, Value, json};

use super::event::builds_event;
use super::sample::REGION;

/// Returns the event of a user who signs up, before the user pool accepts it: `PreSignUp_SignUp`.
///
/// Shape: [Pre sign-up Lambda
/// trigger](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::cognito_pre_sign_up("alice").user_attribute("email", "alice@example.com").into_json();
/// assert_eq!(event["request"]["userAttributes"]["email"], "alice@example.com");
/// ```
pub fn cognito_pre_sign_up(user_name: impl Into<String>) -> CognitoPreSignUp {
    CognitoPreSignUp {
        user_name: user_name.into(),
        user_attributes: Map::new(),
        client_metadata: Map::new(),
        validation_data: Map::new(),
    }
}

/// Builds a pre sign-up event; see [`cognito_pre_sign_up`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct CognitoPreSignUp {
    user_name: String,
    user_attributes: Map<String, Value>,
    client_metadata: Map<String, Value>,
    validation_data: Map<String, Value>,
}

impl CognitoPreSignUp {
    /// Adds an attribute of the user.
    pub fn user_attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.user_attributes.insert(name.into(), value.into().into());
        self
    }

    /// Adds a value that the client sent for the triggers.
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.client_metadata.insert(name.into(), value.into().into());
        self
    }

    /// Adds a value that the client sent for this trigger alone.
    pub fn validation_data(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.validation_data.insert(name.into(), value.into().into());
        self
    }

    fn build(self) -> Value {
        json!({
            "version": "1",
            "triggerSource": "PreSignUp_SignUp",
            "region": REGION,
            "userPoolId": format!("{REGION}_Ab12Cd34E"),
            "userName": self.user_name,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": "1example23456789",
            },
            "request": {
                "userAttributes": self.user_attributes,
                "validationData": self.validation_data,
                "clientMetadata": self.client_metadata,
            },
            "response": {
                "autoConfirmUser": false,
                "autoVerifyEmail": false,
                "autoVerifyPhone": false,
            },
        })
    }
}

builds_event!(CognitoPreSignUp);
