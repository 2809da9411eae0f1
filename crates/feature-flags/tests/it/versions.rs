//! A new document that is not valid never replaces a valid one.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_feature_flags::{EvaluationContext, FeatureFlags, FlagSource, TextSource};

const ON: &str = r#"{"cart": {"default": true}}"#;
const OFF: &str = r#"{"cart": {"default": false}}"#;
const INVALID: &str = r#"{"cart": {"default": true, "rules": {"premium": {"when_match": 1, "conditions": [1]}}}}"#;

#[tokio::test]
async fn a_new_document_is_used_and_one_that_is_not_valid_is_one_warning() {
    let environment = TestEnvironment::new();
    let source = TextSource::new(ON);
    let flags = FeatureFlags::builder(source.clone()).environment(&environment).build();
    assert!(flags.is_enabled("cart", &()).await);
    source.set(OFF);
    assert!(!flags.is_enabled("cart", &()).await);
    for _ in 0..3 {
        source.set(INVALID);
        assert!(!flags.is_enabled_or("cart", &(), true).await);
        assert!(flags.snapshot(&()).await.is_ok());
    }
    assert_eq!(
        environment.warnings(),
        [
            r#"feature flags in the text: a new document is not valid: feature "cart", rule "premium": `when_match` must be true or false, unless the feature's `boolean_type` is false: the last valid document stays in use"#
        ]
    );
    source.set(ON);
    assert!(flags.is_enabled("cart", &()).await);
}

#[tokio::test]
async fn without_a_valid_document_it_is_the_default_and_one_warning_or_an_error() {
    let environment = TestEnvironment::new();
    let source = TextSource::new(INVALID);
    let flags = FeatureFlags::builder(source.clone()).environment(&environment).build();
    for _ in 0..3 {
        assert!(flags.is_enabled_or("cart", &(), true).await);
        assert_eq!(flags.value("cart", &(), 7).await, 7);
        assert_eq!(flags.enabled(&()).await, [""; 0]);
        assert_eq!(flags.load::<Vec<u8>>(&()).await, [0; 0]);
    }
    let error = flags.snapshot(&()).await.unwrap_err();
    assert_eq!(error.to_string(), "the feature flags in the text are not valid");
    assert_eq!(error.document().unwrap().rule(), Some("premium"));
    assert_eq!(
        environment.warnings(),
        [format!("{error}: {}: the defaults are used", error.source().unwrap())]
    );
    source.set(ON);
    assert!(flags.is_enabled("cart", &()).await);
}

/// A source whose answer a test sets, and which counts how often it was read.
#[derive(Clone)]
struct Scripted {
    answer: Arc<Mutex<Result<&'static str, &'static str>>>,
    reads: Arc<AtomicUsize>,
}

impl Scripted {
    fn new(answer: Result<&'static str, &'static str>) -> Self {
        Self {
            answer: Arc::new(Mutex::new(answer)),
            reads: Arc::default(),
        }
    }

    fn set(&self, answer: Result<&'static str, &'static str>) {
        *self.answer.lock().unwrap() = answer;
    }
}

impl FlagSource for Scripted {
    fn name(&self) -> &'static str {
        "the script"
    }

    fn variation(&self, context: &EvaluationContext) -> Option<String> {
        context.get("variation").map(ToString::to_string)
    }

    async fn read(&self, _context: &EvaluationContext) -> Result<Arc<str>, Box<dyn Error + Send + Sync>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok((*self.answer.lock().unwrap())?.into())
    }
}

#[tokio::test]
async fn the_last_valid_document_outlives_failures_of_the_source() {
    let environment = TestEnvironment::new();
    let source = Scripted::new(Ok(ON));
    let flags = FeatureFlags::builder(source.clone()).environment(&environment).build();
    assert!(flags.is_enabled("cart", &()).await);
    source.set(Err("throttled"));
    for _ in 0..5 {
        assert!(flags.is_enabled("cart", &()).await);
    }
    assert_eq!(
        source.reads.load(Ordering::Relaxed),
        2,
        "a source that failed is not read again at once"
    );
    assert_eq!(
        environment.warnings(),
        ["feature flags in the script: they could not be read: throttled: the last valid document stays in use"]
    );
    source.set(Ok(OFF));
    environment.clock().advance(Duration::from_secs(1));
    assert!(!flags.is_enabled("cart", &()).await);
    source.set(Ok(ON));
    assert!(
        flags.is_enabled("cart", &()).await,
        "after a success, it is read in each call"
    );
}

#[tokio::test]
async fn a_source_that_fails_from_the_start_is_the_default_and_one_warning_or_an_error() {
    let environment = TestEnvironment::new();
    let source = Scripted::new(Err("no such profile"));
    let flags = FeatureFlags::builder(source.clone()).environment(&environment).build();
    for _ in 0..3 {
        assert!(flags.is_enabled_or("cart", &(), true).await);
        assert!(!flags.is_enabled("cart", &()).await);
    }
    let error = flags.snapshot(&()).await.unwrap_err();
    assert_eq!(error.to_string(), "feature flags could not be read from the script");
    assert_eq!(error.source().unwrap().to_string(), "no such profile");
    assert!(error.document().is_none());
    assert_eq!(
        environment.warnings(),
        ["feature flags could not be read from the script: no such profile: the defaults are used"]
    );
    source.set(Ok(ON));
    environment.clock().advance(Duration::from_secs(1));
    assert!(flags.is_enabled("cart", &()).await);
}

#[tokio::test]
async fn each_variation_has_its_own_last_valid_document() {
    let environment = TestEnvironment::new();
    let source = Scripted::new(Ok(ON));
    let flags = FeatureFlags::builder(source.clone()).environment(&environment).build();
    let of = |variation: &str| EvaluationContext::new().key("variation", variation);
    assert!(flags.is_enabled("cart", &of("a")).await);
    source.set(Ok(OFF));
    assert!(!flags.is_enabled("cart", &of("b")).await);
    source.set(Ok(INVALID));
    assert!(flags.is_enabled("cart", &of("a")).await);
    assert!(!flags.is_enabled_or("cart", &of("b"), true).await);
    assert!(flags.snapshot(&of("c")).await.is_err());
    assert!(flags.snapshot(&()).await.is_err());
}

#[tokio::test]
async fn a_text_that_has_not_changed_is_not_compiled_again() {
    let environment = TestEnvironment::new();
    let document = r#"{"f": {"default": true, "rules": {"r": {"when_match": true, "conditions": [
        {"action": "EQUALS", "key": "k", "value": 1}]}}}}"#;
    let flags = FeatureFlags::builder(Scripted::new(Ok(document)))
        .environment(&environment)
        .build();
    let context = EvaluationContext::new().key("k", 1);
    // The source returns another allocation each time.
    let [first, second] = [
        flags.snapshot(&context).await.unwrap(),
        flags.snapshot(&context).await.unwrap(),
    ];
    let [first, second] = [&first, &second].map(|snapshot| snapshot.evaluate("f").unwrap().rule().unwrap());
    assert!(std::ptr::eq(first, second), "both are in the same compiled document");
}
