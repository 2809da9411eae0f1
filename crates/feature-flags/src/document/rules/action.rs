//! `Action`, the 21 actions of conditions.

use std::fmt;

macro_rules! actions {
    ($($variant:ident = $name:literal,)+) => {
        /// How a condition compares the value of a key with its own value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Action {
            $($variant,)+
        }

        impl Action {
            /// The names in documents.
            pub(super) const NAMES: [&'static str; [$($name),+].len()] = [$($name),+];

            pub(super) fn of_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }

            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

actions! {
    Equals = "EQUALS",
    NotEquals = "NOT_EQUALS",
    KeyGreaterThanValue = "KEY_GREATER_THAN_VALUE",
    KeyGreaterThanOrEqualValue = "KEY_GREATER_THAN_OR_EQUAL_VALUE",
    KeyLessThanValue = "KEY_LESS_THAN_VALUE",
    KeyLessThanOrEqualValue = "KEY_LESS_THAN_OR_EQUAL_VALUE",
    StartsWith = "STARTSWITH",
    EndsWith = "ENDSWITH",
    In = "IN",
    NotIn = "NOT_IN",
    KeyInValue = "KEY_IN_VALUE",
    KeyNotInValue = "KEY_NOT_IN_VALUE",
    ValueInKey = "VALUE_IN_KEY",
    ValueNotInKey = "VALUE_NOT_IN_KEY",
    AllInValue = "ALL_IN_VALUE",
    AnyInValue = "ANY_IN_VALUE",
    NoneInValue = "NONE_IN_VALUE",
    TimeRange = "SCHEDULE_BETWEEN_TIME_RANGE",
    DateTimeRange = "SCHEDULE_BETWEEN_DATETIME_RANGE",
    DaysOfWeek = "SCHEDULE_BETWEEN_DAYS_OF_WEEK",
    ModuloRange = "MODULO_RANGE",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
