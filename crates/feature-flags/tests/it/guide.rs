//! The examples of the guide and of the README: runs their code, and checks that they show the real output.

// example: imports
use powertools_lambda_feature_flags::{EvaluationContext, FeatureFlags, TextSource};
use serde::Deserialize;
// end

use std::cell::RefCell;
use std::fmt::Write;

use powertools_lambda_core::test_util::{ManualClock, MemoryOutput};
use powertools_lambda_core::{Environment, Variables, Warnings};

type Error = Box<dyn std::error::Error + Send + Sync>;

thread_local! {
    /// What the example printed so far.
    static PRINTED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Shadows the macro of the standard library, so that the examples print to the test.
macro_rules! println {
    ($($argument:tt)*) => {{
        let line = format!($($argument)*);
        PRINTED.with_borrow_mut(|printed| writeln!(printed, "{line}").unwrap());
    }};
}

const RULES: &str = r#"{
  "ten_percent_off": {
    "default": false,
    "rules": {
      "premium customers": {
        "when_match": true,
        "conditions": [
          {"action": "EQUALS", "key": "tier", "value": "premium"},
          {"action": "KEY_GREATER_THAN_VALUE", "key": "total", "value": 50}
        ]
      }
    }
  },
  "max_items": {
    "boolean_type": false,
    "default": 10,
    "rules": {
      "employees": {
        "when_match": 100,
        "conditions": [{"action": "ENDSWITH", "key": "email", "value": "@example.com"}]
      }
    }
  }
}"#;

const NATIVE: &str = r#"{
  "cart": {"enabled": true, "max_items": 25, "theme": "dark"},
  "banner": {"enabled": false}
}"#;

const TIMES: &str = r#"{
  "night_mode": {
    "default": false,
    "rules": {
      "at night": {
        "when_match": true,
        "conditions": [
          {
            "action": "SCHEDULE_BETWEEN_TIME_RANGE",
            "key": "CURRENT_TIME",
            "value": {"START": "22:00", "END": "06:00", "TIMEZONE": "Europe/Berlin"}
          },
          {
            "action": "SCHEDULE_BETWEEN_DAYS_OF_WEEK",
            "key": "CURRENT_DAY_OF_WEEK",
            "value": {"DAYS": ["FRIDAY", "SATURDAY"], "TIMEZONE": "Europe/Berlin"}
          },
          {
            "action": "SCHEDULE_BETWEEN_DATETIME_RANGE",
            "key": "CURRENT_DATETIME",
            "value": {"START": "2026-02-01T00:00:00", "END": "2026-02-28T23:59:59", "TIMEZONE": "Europe/Berlin"}
          }
        ]
      }
    }
  }
}"#;

const BUCKET: &str = r#"{
  "new_checkout": {
    "default": false,
    "rules": {
      "30 percent": {
        "when_match": true,
        "conditions": [
          {"action": "MODULO_RANGE", "key": "checkout_bucket", "value": {"BASE": 100, "START": 0, "END": 29}}
        ]
      }
    }
  }
}"#;

/// A handle on a document, the source to replace it, and where its warnings go.
fn handle(document: &str) -> (FeatureFlags<TextSource>, TextSource, MemoryOutput) {
    let (clock, warned) = (ManualClock::default(), MemoryOutput::new());
    let warnings = Warnings::new(clock.clock(), warned.output());
    let variables = Variables::from_lookup(|_| None, warnings.clone());
    let environment = Environment::new(variables, clock.clock(), MemoryOutput::new().output(), warnings);
    let source = TextSource::new(document);
    let flags = FeatureFlags::builder(source.clone()).environment(environment).build();
    (flags, source, warned)
}

fn customer() -> EvaluationContext {
    EvaluationContext::new()
        .key("tier", "premium")
        .key("total", 80)
        .key("email", "zoe@example.com")
}

async fn rules() -> Result<MemoryOutput, Error> {
    let (flags, _, warned) = handle(RULES);
    // example: rules
    let context = EvaluationContext::new()
        .key("tier", "premium")
        .key("total", 80)
        .key("email", "zoe@example.com");
    if flags.is_enabled("ten_percent_off", &context).await {
        println!("ten percent off");
    }
    println!("at most {} items", flags.value("max_items", &context, 5).await);
    // end
    Ok(warned)
}

async fn native() -> Result<MemoryOutput, Error> {
    let (flags, _, warned) = handle(NATIVE);
    // example: native
    #[derive(Debug, Default, Deserialize)]
    struct Cart {
        max_items: u32,
        theme: String,
    }

    println!("banner: {}", flags.is_enabled("banner", &()).await);
    println!("{:?}", flags.value("cart", &(), Cart::default()).await);
    // end
    let Cart { max_items, theme } = Cart::default();
    assert_eq!((max_items, theme.as_str()), (0, ""));
    Ok(warned)
}

#[rustfmt::skip] // the guide's lines
async fn typed() -> Result<MemoryOutput, Error> {
    let ((flags, _, warned), context) = (handle(RULES), customer());
    // example: struct
    #[derive(Debug, Deserialize)]
    #[serde(default)]
    struct Flags {
        ten_percent_off: bool,
        max_items: u32,
        new_checkout: bool, // the document does not have it yet
    }

    impl Default for Flags {
        fn default() -> Self {
            Self { ten_percent_off: false, max_items: 5, new_checkout: false }
        }
    }

    let flags: Flags = flags.load(&context).await;
    println!("{flags:?}");
    // end
    assert!(flags.ten_percent_off && flags.max_items == 100 && !flags.new_checkout);
    Ok(warned)
}

async fn snapshot() -> Result<MemoryOutput, Error> {
    let ((flags, _, warned), context) = (handle(RULES), customer());
    // example: snapshot
    let snapshot = flags.snapshot(&context).await?;
    for name in snapshot.enabled() {
        let evaluation = snapshot.evaluate(name)?;
        println!("{name} by the rule {:?}", evaluation.rule());
    }
    // end
    Ok(warned)
}

async fn bucket() -> Result<MemoryOutput, Error> {
    let (flags, _, warned) = handle(BUCKET);
    // example: bucket
    let mut enabled = Vec::new();
    for user in ["ada", "bob", "eve", "kim", "lea", "tom", "zoe"] {
        let context = EvaluationContext::new().bucket("checkout_bucket", "checkout-1", user);
        if flags.is_enabled("new_checkout", &context).await {
            enabled.push(user);
        }
    }
    println!("{enabled:?}");
    // end
    Ok(warned)
}

#[rustfmt::skip] // the guide's lines
async fn refused() -> Result<MemoryOutput, Error> {
    let (flags, source, warned) = handle(r#"{"cart": {"default": true}}"#);
    flags.is_enabled("cart", &()).await;
    // example: refused
    source.set(r#"{"cart": {"default": true, "rules": {"premium": {"when_match": true, "conditions": [{
        "action": "SCHEDULE_BETWEEN_TIME_RANGE", "key": "CURRENT_TIME", "value": {"START": "9:00", "END": "17:00"}}]}}}}"#);
    println!("{}", flags.is_enabled("cart", &()).await);
    // end
    Ok(warned)
}

#[tokio::test]
async fn the_guide_shows_this_code_and_what_it_prints() {
    type Example = (&'static str, Option<&'static str>, Result<MemoryOutput, Error>, String);
    async fn run(
        name: &'static str,
        document: Option<&'static str>,
        example: impl Future<Output = Result<MemoryOutput, Error>>,
    ) -> Example {
        let warned = example.await;
        (name, document, warned, PRINTED.take())
    }
    let examples = [
        run("rules", Some(RULES), rules()).await,
        run("native", Some(NATIVE), native()).await,
        run("struct", None, typed()).await,
        run("snapshot", None, snapshot()).await,
        run("bucket", Some(BUCKET), bucket()).await,
        run("refused", None, refused()).await,
    ];
    let (flags, _, _) = handle(TIMES);
    assert!(flags.snapshot(&()).await.is_ok(), "the document of times is valid");
    // The guide has the paths of the umbrella crate.
    let source =
        include_str!("guide.rs").replace("powertools_lambda_feature_flags", "powertools_lambda::feature_flags");
    let text = include_str!("../../docs/guide.md");
    guide_check::check("crates/feature-flags/docs/guide.md", text, &source, |guide| {
        guide.code("imports");
        for (name, document, warned, printed) in examples {
            let warned = warned.unwrap_or_else(|error| panic!("{name}: {error}"));
            if let Some(document) = document {
                guide.output(name, "json", document);
            }
            guide.code(name);
            guide.output(name, "text", printed.trim_end());
            if !warned.lines().is_empty() {
                guide.output(name, "json", &warned.lines().join("\n"));
            }
        }
        guide.output("times", "json", TIMES);
        guide.left_out(
            "use aws_config::BehaviorVersion;",
            "it needs credentials; the shopping cart has it",
        );
        guide.left_out(
            "use powertools_lambda::feature_flags::AgentSource;",
            "it needs the agent; the documentation of `AgentSource` compiles it",
        );
        guide.left_out("let flags = FeatureFlags::new(TextSource::new(", "the README has it");
    });
}

/// The README's example is a documentation test; this is what it prints.
#[tokio::test]
async fn the_readme_shows_what_its_example_prints() {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Flags {
        ten_percent_off: bool,
        max_items: u32,
    }
    let text = include_str!("../../README.md");
    let document = text
        .split(r#"r#""#)
        .nth(1)
        .and_then(|rest| rest.split(r##""#"##).next())
        .unwrap();
    let (flags, _, _) = handle(document);
    for tier in ["basic", "premium"] {
        let flags: Flags = flags.load(&EvaluationContext::new().key("tier", tier)).await;
        println!("{tier}: {flags:?}");
        assert_eq!((flags.ten_percent_off, flags.max_items), (tier == "premium", 25));
    }
    let printed = PRINTED.take();
    guide_check::check("crates/feature-flags/README.md", text, "", |readme| {
        readme.output("readme", "text", printed.trim_end());
        readme.left_out("use powertools_lambda_feature_flags", "it is a documentation test");
        readme.left_out("[dependencies]", "cargo reads it");
    });
}
