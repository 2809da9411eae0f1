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
