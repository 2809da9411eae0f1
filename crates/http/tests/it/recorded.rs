//! The recorded cases of Powertools for AWS Lambda (Python), on an axum router.

use std::fs;

use ::axum::extract::{Path, Query};
use ::axum::http::{HeaderValue, StatusCode, header};
use ::axum::response::IntoResponse;
use ::axum::routing::{get, post};
use ::axum::{Json, Router};
use powertools_lambda_http::{ApiError, Checked, ErrorForm, HttpOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use crate::common::Function;

#[derive(Deserialize, Serialize)]
struct T {
    title: String,
    #[serde(default = "one")]
    n: u32,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
struct Limit {
    #[serde(default = "one")]
    limit: u32,
}

fn router() -> Router {
    let not_found = async || ApiError::new(StatusCode::NOT_FOUND, "Not found");
    // With any content type, as there without validation.
    let created = async |body: String| -> Result<_, ApiError> {
        Ok((
            StatusCode::CREATED,
            Json(json!({"created": serde_json::from_str::<Value>(&body)?})),
        ))
    };
    let todos = get(async || Json(json!({"items": [1, 2]}))).post(created);
    Router::new()
        .route("/todos", todos)
        .route(
            "/todos/{id}",
            get(async |Path(id): Path<String>| Json(json!({"id": id}))),
        )
        .route("/todos/special", get(async || Json(json!({"special": true}))))
        .route("/bad", get(async || ApiError::new(StatusCode::BAD_REQUEST, "no good")))
        .route("/svc", get(async || ApiError::new(StatusCode::IM_A_TEAPOT, "teapot")))
        .route("/boom", get(async || Err::<(), ApiError>("kaboom".into())))
        .route(
            "/bin",
            get(async || ([(header::CONTENT_TYPE, "image/png")], b"\x89PNG".to_vec()).into_response()),
        )
        .route(
            "/cache",
            get(async || ([(header::CACHE_CONTROL, "max-age=600")], Json(json!({"ok": 1})))),
        )
        .route("/t", post(async |Checked(Json(t)): Checked<Json<T>>| Json(t)))
        .route(
            "/q",
            get(async |Checked(Query(limit)): Checked<Query<Limit>>| Json(limit.limit)),
        )
        .fallback(not_found)
}

/// The deliberate differences, which `docs/parity/http.md` explains: the status, and the body if it is another one.
fn expected(case: &str) -> Option<(u16, Option<Value>)> {
    let message = |status: u16, message: &str| (status, Some(json!({"statusCode": status, "message": message})));
    Some(match case {
        // The method is not allowed.
        "http_08_wrong_method" | "rest_08_wrong_method" => (405, None),
        // An error is an answer.
        "http_11_unhandled" => message(500, "Internal Server Error"),
        // Parameters are decoded.
        "http_21_url_special" | "rest_21_url_special" => (200, Some(json!({"id": "a b@c:d,e"}))),
        // Without the place of the error.
        "val_02_missing" => message(422, "the request does not have the expected content"),
        "val_03_bad_json" | "val_05_query_bad" => message(400, "the request is not valid"),
        "val_07_content_type" => message(415, "the content type of the request is not supported"),
        _ => return None,
    })
}

#[tokio::test]
async fn every_case_is_answered_as_recorded_or_as_the_parity_page_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut cases = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let origin = |origin: &'static str| CorsLayer::new().allow_origin(HeaderValue::from_static(origin));
        let router = match name {
            _ if name.contains("cors_origin") || name.contains("cors_no_origin") => {
                router().layer(CorsLayer::new().allow_origin(tower_http::cors::Any))
            }
            _ if name.contains("cors") => {
                let allowed = ["https://a.io", "https://b.io"].map(HeaderValue::from_static);
                let exposed = [header::HeaderName::from_static("x-e")];
                router().layer(
                    origin("https://a.io")
                        .allow_origin(allowed)
                        .allow_credentials(true)
                        .expose_headers(exposed),
                )
            }
            "rest_20_strip_prefix" => Router::new().nest("/v1", router()),
            _ => router(),
        };
        let function = Function::with(HttpOptions::new().error_form(ErrorForm::Powertools));
        let answer = function.answer(router, &case["input"]["event"]).await;
        let recorded = &case["output"]["response"];
        let (status, body) = expected(name).unwrap_or_else(|| {
            let body = recorded["body"].as_str().unwrap();
            let status = recorded["statusCode"].as_u64().unwrap();
            (status.try_into().unwrap(), serde_json::from_str(body).ok())
        });
        assert_eq!(answer["statusCode"], status, "{name}: {answer}");
        if let Some(body) = body {
            let answered: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
            assert_eq!(answered, body, "{name}");
        }
        if recorded["isBase64Encoded"] == true {
            assert_eq!(
                (&answer["body"], &answer["isBase64Encoded"]),
                (&recorded["body"], &json!(true)),
                "{name}"
            );
        }
        let headers = if name.starts_with("http") {
            "headers"
        } else {
            "multiValueHeaders"
        };
        for (header, value) in recorded[headers].as_object().into_iter().flatten() {
            // Sent with every answer there; here with that to a preflight request, where browsers look for them.
            let is_of_preflight = ["Access-Control-Allow-Headers", "Access-Control-Max-Age"].contains(&header.as_str());
            if status < 400 && !is_of_preflight {
                assert_eq!(&answer[headers][header.to_lowercase()], value, "{name}: {header}");
            }
        }
        if name == "rest_17_cors_denied_origin" {
            assert!(answer[headers]["access-control-allow-origin"].is_null(), "{answer}");
        }
        cases += 1;
    }
    assert_eq!(cases, 28);
}
