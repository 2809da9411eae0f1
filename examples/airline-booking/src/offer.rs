//! [`Offer`]: a price that the airline has signed, for a limited time.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use crate::catalogue::Flight;

/// A price for a seat of a flight.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Offer {
    /// The price in cents.
    pub price: u64,
    /// When the offer ends, in seconds since the Unix epoch.
    pub valid_until: u64,
    /// The airline's signature.
    pub signature: String,
}

/// Signs offers, with a secret of which every environment has the same.
#[derive(Debug)]
pub struct OfferKey(hmac::Key);

/// Why an offer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOffer {
    /// The signature is not the airline's for this flight, price and time.
    #[error("the offer is not one of ours for this flight: take one from GET /flights/{{flight}}")]
    Forged,
    /// It has ended.
    #[error("the offer has expired: take a new one from GET /flights/{{flight}}")]
    Expired,
}

impl OfferKey {
    /// Creates a key from a secret.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Offers the flight at its current price until that time.
    pub fn offer(&self, flight: &Flight, valid_until: u64) -> Offer {
        let signature = hmac::sign(&self.0, text(flight.id, flight.price, valid_until).as_bytes());
        Offer {
            price: flight.price,
            valid_until,
            signature: BASE64.encode(signature),
        }
    }

    /// Checks an offer.
    ///
    /// # Errors
    ///
    /// If it was not signed for this flight, or has ended.
    pub fn check(&self, offer: &Offer, flight: &Flight, now: u64) -> Result<(), InvalidOffer> {
        let signature = BASE64.decode(&offer.signature).map_err(|_| InvalidOffer::Forged)?;
        let signed = text(flight.id, offer.price, offer.valid_until);
        hmac::verify(&self.0, signed.as_bytes(), &signature).map_err(|_| InvalidOffer::Forged)?;
        if now < offer.valid_until {
            Ok(())
        } else {
            Err(InvalidOffer::Expired)
        }
    }
}

fn text(flight: &str, price: u64, valid_until: u64) -> String {
    format!("{flight} {price} {valid_until}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn only_an_offer_of_ours_for_the_flight_is_accepted_until_its_end() {
        let key = OfferKey::new(b"secret");
        let (lisbon, oslo) = (catalogue::flight("RS101").unwrap(), catalogue::flight("RS200").unwrap());
        let offer = key.offer(&lisbon, 100);
        assert_eq!(key.check(&offer, &lisbon, 99), Ok(()));
        assert_eq!(key.check(&offer, &lisbon, 100), Err(InvalidOffer::Expired));
        assert_eq!(key.check(&offer, &oslo, 99), Err(InvalidOffer::Forged));
        let other = OfferKey::new(b"other");
        assert_eq!(other.check(&offer, &lisbon, 99), Err(InvalidOffer::Forged));
        for forged in [
            Offer {
                price: 1,
                ..offer.clone()
            },
            Offer {
                valid_until: 200,
                ..offer.clone()
            },
            Offer {
                signature: "AAAA".to_owned(),
                ..offer.clone()
            },
            Offer {
                signature: String::new(),
                ..offer.clone()
            },
            Offer {
                signature: "no base64!".to_owned(),
                ..offer
            },
        ] {
            assert_eq!(key.check(&forged, &lisbon, 99), Err(InvalidOffer::Forged), "{forged:?}");
        }
    }
}
