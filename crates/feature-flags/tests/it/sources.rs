//! Files, and parameters of any store.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_feature_flags::{DocumentFormat, FeatureFlags, FileSource};

#[tokio::test]
async fn a_file_is_read_again_when_it_changes() {
    let environment = TestEnvironment::new();
    let path = std::env::temp_dir().join(format!("feature-flags-{}.json", std::process::id()));
    std::fs::write(&path, r#"{"cart": {"default": true}}"#).unwrap();
    let source = FileSource::new(&path).format(DocumentFormat::Powertools);
    let flags = FeatureFlags::builder(source).environment(&environment).build();
    assert!(flags.is_enabled("cart", &()).await);
    std::fs::write(&path, r#"{"cart": {"default": false}}"#).unwrap();
    assert!(!flags.is_enabled_or("cart", &(), true).await);
    std::fs::remove_file(&path).unwrap();
    assert!(!flags.is_enabled_or("cart", &(), true).await);
    let warnings = environment.warnings();
    assert_eq!(warnings.len(), 1);
    let expected = format!(
        "feature flags in file {:?}: they could not be read: ",
        path.display().to_string()
    );
    assert!(warnings[0].starts_with(&expected), "{warnings:?}");
}

#[cfg(feature = "parameters")]
mod parameters {
    use std::error::Error as _;
    use std::time::Duration;

    use powertools_lambda_feature_flags::ParameterSource;
    use powertools_lambda_parameters::Parameters;
    use powertools_lambda_parameters::test_util::MapProvider;

    use super::*;

    #[tokio::test]
    async fn a_parameter_is_read_with_its_cache() {
        let environment = TestEnvironment::new();
        let store = MapProvider::new().text("flags", r#"{"cart": {"default": true}}"#);
        let parameters = Parameters::builder(store).environment(&environment).build();
        let source = ParameterSource::new(parameters.clone(), "flags").format(DocumentFormat::Powertools);
        let flags = FeatureFlags::builder(source).environment(&environment).build();
        assert!(flags.is_enabled("cart", &()).await);
        parameters.provider().put("flags", r#"{"cart": {"default": false}}"#);
        assert!(flags.is_enabled("cart", &()).await, "it is cached");
        environment.clock().advance(Duration::from_secs(5));
        assert!(!flags.is_enabled_or("cart", &(), true).await);
    }

    #[tokio::test]
    async fn a_missing_parameter_is_the_error_of_the_store() {
        let parameters = Parameters::new(MapProvider::new());
        let flags = FeatureFlags::from_parameter(&parameters, "flags");
        let error = flags.snapshot(&()).await.unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(r#"feature flags could not be read from parameter "flags" in "#)
        );
        let cause = error
            .source()
            .unwrap()
            .downcast_ref::<powertools_lambda_parameters::GetError>();
        assert!(cause.unwrap().is_not_found());
    }
}

#[cfg(feature = "appconfig-agent")]
mod agent {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use powertools_lambda_feature_flags::{AgentSource, EvaluationContext};
    use powertools_lambda_parameters::Parameters;
    use powertools_lambda_parameters::extension::AppConfigAgent;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers each connection with the next answer, and records the contexts that were sent.
    async fn start(answers: &[(u16, &'static str)]) -> (TestEnvironment, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let contexts = Arc::<Mutex<Vec<String>>>::default();
        let (seen, mut answers) = (Arc::clone(&contexts), answers.iter().copied().collect::<VecDeque<_>>());
        tokio::spawn(async move {
            while let Some((status, body)) = answers.pop_front() {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                let request = String::from_utf8(request).unwrap();
                assert!(request.starts_with("GET /applications/shop/environments/live/configurations/flags HTTP/1.1"));
                let context = request.lines().find_map(|line| line.strip_prefix("context: "));
                seen.lock().unwrap().push(context.unwrap_or("none").to_owned());
                let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let environment = TestEnvironment::new().var("AWS_APPCONFIG_EXTENSION_HTTP_PORT", port);
        (environment, contexts)
    }

    fn source(environment: &TestEnvironment) -> AgentSource {
        let agent = AppConfigAgent::new("live").application("shop");
        AgentSource::new(Parameters::builder(agent).environment(environment).build(), "flags")
    }

    const ON: (u16, &str) = (200, r#"{"cart": {"_variant": "qa", "enabled": true, "limit": 5}}"#);
    const OFF: (u16, &str) = (200, r#"{"cart": {"enabled": false}}"#);

    #[tokio::test]
    async fn the_agent_chooses_the_variant_by_the_context() {
        let (environment, contexts) = start(&[ON, OFF, OFF]).await;
        let flags = FeatureFlags::builder(source(&environment))
            .environment(&environment)
            .build();
        let qa = EvaluationContext::new()
            .key("userId", 4711)
            .key("beta", true)
            .key("groups", ["a"].as_slice())
            .key("nothing", serde_json::Value::Null);
        let other = EvaluationContext::new().key("userId", "4712");
        for _ in 0..3 {
            assert!(flags.is_enabled("cart", &qa).await);
            assert!(!flags.is_enabled("cart", &other).await);
            assert!(!flags.is_enabled("cart", &()).await);
        }
        assert_eq!(
            *contexts.lock().unwrap(),
            ["beta=true,userId=4711", "userId=4712", "none"],
            "cached by context"
        );
    }

    #[tokio::test]
    async fn contexts_that_differ_in_keys_that_are_not_listed_share_an_answer() {
        let (environment, contexts) = start(&[ON]).await;
        let source = source(&environment).context_keys(["tier"]);
        let flags = FeatureFlags::builder(source).environment(&environment).build();
        for user in 0..3 {
            let context = EvaluationContext::new().key("tier", "premium").key("userId", user);
            assert!(flags.is_enabled("cart", &context).await);
        }
        assert_eq!(*contexts.lock().unwrap(), ["tier=premium"]);
    }

    #[tokio::test]
    async fn a_failure_leaves_each_context_with_its_own_last_answer() {
        let (environment, _) = start(&[ON, OFF, (500, "broken"), (500, "broken"), (500, "broken")]).await;
        let flags = FeatureFlags::builder(source(&environment))
            .environment(&environment)
            .build();
        let of = |user: &str| EvaluationContext::new().key("userId", user);
        assert!(flags.is_enabled("cart", &of("a")).await);
        assert!(!flags.is_enabled("cart", &of("b")).await);
        environment.clock().advance(Duration::from_secs(5));
        assert!(flags.is_enabled("cart", &of("a")).await);
        assert!(!flags.is_enabled_or("cart", &of("b"), true).await);
        assert!(
            flags.is_enabled_or("cart", &of("c"), true).await,
            "there is no earlier answer"
        );
        assert!(flags.snapshot(&of("c,d")).await.is_err(), "a comma cannot be sent");
        let warnings = environment.warnings();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(
            warnings[0].contains("the last valid document stays in use"),
            "{warnings:?}"
        );
        assert!(warnings[1].contains("the defaults are used"), "{warnings:?}");
    }
}
