//! [`Flight`] and [`Seat`]: what the airline sells.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flight {
    /// The flight's number.
    pub id: &'static str,
    /// The airport of departure.
    pub from: &'static str,
    /// The airport of arrival.
    pub to: &'static str,
    /// The price of a seat in cents.
    pub price: u64,
}

/// The rows of every aircraft, and the letters of the seats in a row: 50 seats.
const ROWS: u8 = 10;
const LETTERS: &str = "ABCDE";

const FLIGHTS: [Flight; 3] = [
    Flight {
        id: "RS101",
        from: "BER",
        to: "LIS",
        price: 12_900,
    },
    Flight {
        id: "RS102",
        from: "LIS",
        to: "BER",
        price: 11_900,
    },
    Flight {
        id: "RS200",
        from: "BER",
        to: "OSL",
        price: 8_900,
    },
];

/// Returns all flights.
pub fn flights() -> impl Iterator<Item = Flight> {
    FLIGHTS.into_iter()
}

/// Returns the flight with this number.
pub fn flight(id: &str) -> Option<Flight> {
    flights().find(|flight| flight.id == id)
}

/// A seat, such as `7C`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seat {
    row: u8,
    letter: char,
}

/// A text is not a seat.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a seat: seats are 1A to {ROWS}E")]
pub struct NotASeat(String);

impl Seat {
    /// Returns the seats of an aircraft.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=ROWS).flat_map(|row| LETTERS.chars().map(move |letter| Self { row, letter }))
    }
}

impl FromStr for Seat {
    type Err = NotASeat;

    fn from_str(text: &str) -> Result<Self, NotASeat> {
        Self::all()
            .find(|seat| seat.to_string() == text)
            .ok_or_else(|| NotASeat(text.to_owned()))
    }
}

impl TryFrom<String> for Seat {
    type Error = NotASeat;

    fn try_from(text: String) -> Result<Self, NotASeat> {
        text.parse()
    }
}

impl From<Seat> for String {
    fn from(seat: Seat) -> Self {
        seat.to_string()
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.row, self.letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aircraft_has_fifty_seats_that_are_read_as_they_are_written() {
        let seats: Vec<_> = Seat::all().collect();
        assert_eq!(seats.len(), 50);
        for seat in seats {
            assert_eq!(seat.to_string().parse::<Seat>().unwrap(), seat);
        }
    }

    #[test]
    fn other_texts_are_no_seats() {
        for text in ["", "0A", "11A", "1F", "1a", "01A", " 1A", "A1", "1", "1AA", "256A"] {
            assert!(text.parse::<Seat>().is_err(), "{text:?}");
        }
    }
}
