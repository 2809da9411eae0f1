//! The API: flights with their prices, and bookings, which begin a saga each.

use std::sync::Arc;

use airline_booking::api::{BookingRequest, Offers, RequestKey, unknown_flight};
use airline_booking::booking::{Booking, BookingId, Bookings, Created, Status};
use airline_booking::catalogue::{self, Seat};
use airline_booking::offer::InvalidOffer;
use airline_booking::saga::{Saga, Sagas};
use airline_booking::table::Table;
use airline_booking::{Setup, seconds};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use lambda_runtime::Error;
use powertools_lambda::core::Clock;
use powertools_lambda::feature_flags::{EvaluationContext, FeatureFlags, FlagSource};
use powertools_lambda::http_api::{ApiError, Checked};
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::Provider;
use powertools_lambda::{logger, tracer};
use serde_json::{Value, json};
use tracing::{info, warn};

const BOOKING_REQUESTED: MetricName = MetricName::new("BookingRequested");
const BOOKING_REFUSED: MetricName = MetricName::new("BookingRefused");

/// The flag of the promotion.
const DOUBLE_POINTS: &str = "double_points";

struct Api<T, S, P: Provider, F> {
    bookings: Bookings<T>,
    sagas: S,
    offers: Offers<P>,
    flags: FeatureFlags<F>,
    clock: Clock,
    /// How long an offer is valid, and how long a booking may take, in seconds.
    offer_seconds: u64,
    hold_seconds: u64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let api = Api {
        bookings: setup.bookings()?,
        sagas: setup.sagas()?,
        offers: setup.offers()?,
        flags: setup.flags()?,
        clock: setup.clock(),
        offer_seconds: setup.number("OFFER_SECONDS")?,
        hold_seconds: setup.number("HOLD_SECONDS")?,
    };
    setup.into_powertools().run_http(router(api)).await
}

fn router<T: Table, S: Sagas, P: Provider, F: FlagSource>(api: Api<T, S, P, F>) -> Router {
    Router::new()
        .route("/flights", get(list_flights))
        .route("/flights/{flight}", get(show_flight::<T, S, P, F>))
        .route("/bookings", post(book::<T, S, P, F>))
        .route("/bookings/{booking}", get(show_booking::<T, S, P, F>))
        .with_state(Arc::new(api))
}

async fn list_flights() -> Json<Value> {
    Json(json!({ "flights": catalogue::flights().collect::<Vec<_>>() }))
}

/// Answers with a signed offer, and the seats that are free.
async fn show_flight<T: Table, S: Sagas, P: Provider, F: FlagSource>(
    State(api): State<Arc<Api<T, S, P, F>>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let flight = catalogue::flight(&id).ok_or_else(|| unknown_flight(&id))?;
    let key = api.offers.key().await?;
    let offer = key.offer(&flight, seconds(&api.clock) + api.offer_seconds);
    let taken = api.bookings.taken(flight.id).await?;
    let free: Vec<_> = Seat::all().filter(|seat| !taken.contains(seat)).collect();
    Ok(Json(json!({ "flight": flight, "offer": offer, "freeSeats": free })))
}

/// Begins a booking. A repeated request finds the booking that the first one has made.
async fn book<T: Table, S: Sagas, P: Provider, F: FlagSource>(
    State(api): State<Arc<Api<T, S, P, F>>>,
    RequestKey(key): RequestKey,
    Checked(Json(request)): Checked<Json<BookingRequest>>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (flight, seat) = request.check()?;
    let id = BookingId::of(&request.traveller, &key);
    logger::append_key("booking_id", id.as_str());
    tracer::annotate("booking_id", id.as_str());

    let now = seconds(&api.clock);
    let valid = api.offers.key().await?.check(&request.offer, &flight, now);
    match valid {
        Ok(()) => {}
        // The first request was in time.
        Err(InvalidOffer::Expired) if api.bookings.find(&id).await?.is_some() => {}
        Err(error) => return Err(refuse_offer(error)),
    }
    let context = EvaluationContext::new().key("destination", flight.to);
    let booking = Booking {
        id: id.clone(),
        promotion: api.flags.is_enabled(DOUBLE_POINTS, &context).await,
        traveller: request.traveller,
        contact: request.contact,
        flight: request.flight,
        seat,
        price: request.offer.price,
        payment_token: request.payment_token,
        expires_at: now + api.hold_seconds,
        status: Status::Requested,
        reason: None,
    };
    let Created::Booking(booking) = api.bookings.create(booking).await? else {
        let message = "the idempotency key was used for another booking: use a new key for a new booking";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, message).code("idempotency_key_reused"));
    };
    // Also if it was started before and has not come further: the answer to that may have been lost.
    if booking.status == Status::Requested {
        api.sagas.start(&id, Saga::Book).await?;
    }
    metrics::add(BOOKING_REQUESTED, Unit::Count, 1);
    info!(seat = %booking.seat, flight = booking.flight, "booking requested");
    Ok((StatusCode::ACCEPTED, Json(shown(&booking))))
}

fn refuse_offer(error: InvalidOffer) -> ApiError {
    metrics::add(BOOKING_REFUSED, Unit::Count, 1);
    warn!(reason = %error, "offer refused");
    let (status, code) = match error {
        InvalidOffer::Expired => (StatusCode::CONFLICT, "offer_expired"),
        InvalidOffer::Forged => (StatusCode::UNPROCESSABLE_ENTITY, "offer_invalid"),
    };
    ApiError::new(status, error.to_string()).code(code)
}

async fn show_booking<T: Table, S: Sagas, P: Provider, F: FlagSource>(
    State(api): State<Arc<Api<T, S, P, F>>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let unknown = || ApiError::new(StatusCode::NOT_FOUND, "there is no such booking").code("unknown_booking");
    let id = BookingId::parse(&id).ok_or_else(unknown)?;
    let booking = api.bookings.find(&id).await?.ok_or_else(unknown)?;
    Ok(Json(shown(&booking)))
}

/// What a traveller sees of a booking.
fn shown(booking: &Booking) -> Value {
    json!({
        "bookingId": booking.id, "status": booking.status, "reason": booking.reason,
        "flight": booking.flight, "seat": booking.seat, "price": booking.price,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use std::sync::Mutex;

    use airline_booking::offer::OfferKey;
    use airline_booking::table::MemoryTable;
    use powertools_lambda::feature_flags::TextSource;
    use powertools_lambda::parameters::Parameters;
    use powertools_lambda::test_util::{MapProvider, TestFunction, events};

    use super::*;

    #[derive(Clone, Default)]
    struct Started(Arc<Mutex<Vec<BookingId>>>);

    impl Sagas for Started {
        async fn start(&self, booking: &BookingId, _: Saga) -> Result<(), Error> {
            self.0.lock().unwrap().push(booking.clone());
            Ok(())
        }
    }

    fn api(test: &TestFunction, table: &MemoryTable, started: &Started) -> Router {
        let store = MapProvider::new().text("offer-key", r#"{"key": "secret"}"#);
        let flags = r#"{"double_points": {"default": false, "rules": {"to Lisbon": {"when_match": true,
            "conditions": [{"action": "EQUALS", "key": "destination", "value": "LIS"}]}}}}"#;
        router(Api {
            bookings: Bookings::new(table.clone()),
            sagas: started.clone(),
            offers: Offers::new(
                Parameters::builder(store).environment(test.environment()).build(),
                "offer-key".to_owned(),
            ),
            flags: FeatureFlags::builder(TextSource::new(flags)).telemetry(true).build(),
            clock: test.environment().environment().clock().clone(),
            offer_seconds: 60,
            hold_seconds: 900,
        })
    }

    fn body(test: &TestFunction) -> Value {
        let now = seconds(test.environment().environment().clock());
        let offer = OfferKey::new(b"secret").offer(&catalogue::flight("RS101").unwrap(), now + 60);
        json!({
            "traveller": "ann", "contact": "ann@example.com", "flight": "RS101", "seat": "7C",
            "paymentToken": "tok_visa", "offer": offer,
        })
    }

    async fn post_with(
        (test, table, started): (&TestFunction, &MemoryTable, &Started),
        key: &str,
        body: &Value,
    ) -> (u16, Value) {
        let event = events::api_gateway_rest("POST", "/bookings")
            .header("idempotency-key", key)
            .json_body(body);
        let response = test.request(api(test, table, started), event).await.unwrap();
        (
            response.status().as_u16(),
            serde_json::from_slice(response.body()).unwrap(),
        )
    }

    #[tokio::test]
    async fn the_same_request_three_times_is_one_booking() {
        let (test, table, started) = (TestFunction::new(), MemoryTable::default(), Started::default());
        let all = (&test, &table, &started);
        let request = body(&test);
        let (status, first) = post_with(all, "k-1", &request).await;
        assert_eq!((status, &first["status"]), (202, &json!("requested")));
        // The offer ends, but not what was requested in time.
        test.clock().advance(std::time::Duration::from_secs(61));
        for _ in 0..2 {
            assert_eq!(post_with(all, "k-1", &request).await, (202, first.clone()));
        }
        let ids: Vec<_> = started.0.lock().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            ids,
            vec![first["bookingId"].as_str().unwrap(); 3],
            "its saga's name is unique"
        );
        let other = post_with(all, "k-2", &request).await;
        assert_eq!((other.0, &other.1["code"]), (409, &json!("offer_expired")));
        assert_eq!(test.metrics().sum("BookingRequested"), 3.0);
    }

    #[tokio::test]
    async fn a_key_belongs_to_one_request_of_one_traveller() {
        let (test, table, started) = (TestFunction::new(), MemoryTable::default(), Started::default());
        let all = (&test, &table, &started);
        let mut request = body(&test);
        assert_eq!(post_with(all, "k-1", &request).await.0, 202);
        request["seat"] = "7D".into();
        let (status, answer) = post_with(all, "k-1", &request).await;
        assert_eq!((status, &answer["code"]), (422, &json!("idempotency_key_reused")));
        request["traveller"] = "bob".into();
        assert_eq!(post_with(all, "k-1", &request).await.0, 202);
    }

    #[tokio::test]
    async fn invalid_requests_are_answered_with_problems_and_start_nothing() {
        let (test, table, started) = (TestFunction::new(), MemoryTable::default(), Started::default());
        let all = (&test, &table, &started);
        for (name, value, status, code) in [
            ("flight", json!("RS999"), 404, json!("unknown_flight")),
            ("seat", json!("99Z"), 422, json!("invalid_booking")),
            ("seat", json!(7), 422, Value::Null),
            ("surprise", json!(1), 422, Value::Null),
            (
                "offer",
                json!({"price": 1, "validUntil": 1, "signature": "AAAA"}),
                422,
                json!("offer_invalid"),
            ),
        ] {
            let mut request = body(&test);
            request[name] = value;
            let (found, problem) = post_with(all, "k", &request).await;
            assert_eq!((found, &problem["code"]), (status, &code), "{name}: {problem}");
            assert_eq!(problem["status"], status);
        }
        let (status, problem) = post_with(all, "", &body(&test)).await;
        assert_eq!((status, &problem["code"]), (400, &json!("idempotency_key")));
        assert!(started.0.lock().unwrap().is_empty() && table.keys().is_empty());
    }

    #[tokio::test]
    async fn a_flight_shows_an_offer_and_its_free_seats() {
        let (test, table, started) = (TestFunction::new(), MemoryTable::default(), Started::default());
        let event = events::api_gateway_rest("GET", "/flights/RS101");
        let response = test.request(api(&test, &table, &started), event).await.unwrap();
        let shown: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(shown["freeSeats"].as_array().unwrap().len(), 50);
        let mut request = body(&test);
        request["offer"] = shown["offer"].clone();
        assert_eq!(post_with((&test, &table, &started), "k", &request).await.0, 202);
    }
}
