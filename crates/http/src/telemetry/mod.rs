//! What a request tells the other utilities.

mod exchange;
#[cfg(feature = "axum")]
mod route_layer;
mod routes;

pub(crate) use self::exchange::Exchange;
#[cfg(feature = "axum")]
pub use self::route_layer::{RouteLayer, RouteService};
pub(crate) use self::routes::Routes;

/// Gives an axum router the layer that tells the routes; returns whether it did.
#[cfg(feature = "axum")]
pub(crate) fn with_routes<S: 'static>(mut service: S) -> (S, bool) {
    let any: &mut dyn std::any::Any = &mut service;
    let Some(router) = any.downcast_mut::<axum::Router>() else {
        return (service, false);
    };
    *router = std::mem::take(router).layer(RouteLayer::new());
    (service, true)
}

#[cfg(not(feature = "axum"))]
pub(crate) fn with_routes<S>(service: S) -> (S, bool) {
    (service, false)
}
