//! Runs the shopping cart example.

use anyhow::Result;

use super::outcome::{leave_running, show, tail};
use crate::application::Traces;
use crate::exchange::Exchange;
use crate::shopping_cart::Tour;

pub(super) fn run(traces: Traces, keep: bool, release: bool) -> Result<()> {
    let Tour {
        shop,
        exchanges,
        capture,
    } = Tour::run(release, traces)?;
    show(&exchanges, &capture)?;
    exchanges.iter().try_for_each(Exchange::check)?;
    if keep {
        let endpoint = shop.deployment.client().endpoint().to_owned();
        let api = format!("{endpoint}/{}", shop.cart.path);
        let commands = [
            ("cart:", format!("curl -i {api}/cart -d '{{\"productId\":\"slow\"}}'")),
            (
                "sign in:",
                format!(
                    "curl -i {api}/cart -H 'Authorization: Bearer {}'",
                    shop.identity.token("you")?
                ),
            ),
            ("logs:", tail(&endpoint, "add-to-cart")),
        ];
        leave_running(shop.deployment.aws, &commands);
    }
    Ok(())
}
