//! Runs the airline's booking.

use anyhow::Result;

use super::outcome::{leave_running, show, tail};
use crate::airline::Tour;
use crate::exchange::Exchange;

pub(super) fn run(keep: bool, release: bool) -> Result<()> {
    let Tour {
        airline,
        exchanges,
        capture,
    } = Tour::run(release)?;
    show(&exchanges, &capture)?;
    exchanges.iter().try_for_each(Exchange::check)?;
    if keep {
        let endpoint = airline.deployment.client().endpoint().to_owned();
        let api = format!("{endpoint}/{}", airline.gateway.path);
        let commands = [
            ("flights:", format!("curl -i {api}/flights")),
            ("a flight:", format!("curl -i {api}/flights/RS101")),
            ("logs:", tail(&endpoint, "booking-api")),
        ];
        leave_running(airline.deployment.aws, &commands);
    }
    Ok(())
}
