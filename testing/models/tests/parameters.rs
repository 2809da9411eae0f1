//! The models of the parameters' cache, and their faults.
#![cfg(powertools_shuttle)]

use powertools_lambda_core::sync::model::is_broken;
use powertools_lambda_parameters::models::{self, Planted};

#[test]
fn what_a_write_overtook_is_not_served() {
    models::what_a_write_overtook_is_not_served(Planted::Nothing);
}

#[test]
fn an_older_value_after_a_write_is_found() {
    for planted in [Planted::CountsTooEarly, Planted::LooksTooLate] {
        assert!(is_broken(|| models::what_a_write_overtook_is_not_served(planted)));
    }
}

#[test]
fn the_later_answer_stays() {
    models::the_later_answer_stays(Planted::Nothing);
}

#[test]
fn an_older_answer_in_front_is_found() {
    assert!(is_broken(|| models::the_later_answer_stays(Planted::TwoSteps)));
}

#[test]
fn a_value_is_decoded_to_one() {
    models::a_value_is_decoded_to_one(Planted::Nothing);
}

#[test]
fn a_decoded_value_that_changes_is_found() {
    assert!(is_broken(|| models::a_value_is_decoded_to_one(Planted::Replaces)));
}
