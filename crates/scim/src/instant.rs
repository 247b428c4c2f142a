//! dateTime text (RFC 7643 §2.3.5) to milliseconds since 1970, and back.

use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

const WITH_MILLISECONDS: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Milliseconds since 1970 of an XSD dateTime; fractions below a millisecond are cut off.
///
/// XSD leaves the zone optional where RFC 3339 does not; without one, the time is read as UTC. Years have
/// four digits.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let moment = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .ok()?;
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
}

/// RFC 3339 in UTC with milliseconds: `2011-08-01T18:29:49.793Z`. Times outside the years 0 to 9999 are moved
/// to the edge.
#[must_use]
pub fn render(milliseconds: i64) -> String {
    // The year 0 and the last millisecond of 9999.
    let within = milliseconds.clamp(-62_167_219_200_000, 253_402_300_799_999);
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(within) * 1_000_000)
        .ok()
        .and_then(|moment| moment.format(WITH_MILLISECONDS).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // scim: 7, 109
    #[test]
    fn the_same_moment_in_any_notation_is_the_same_number() {
        for text in [
            "2011-08-01T18:29:49.793Z",
            "2011-08-01T18:29:49.793",
            "2011-08-01T20:29:49.793+02:00",
            "2011-08-01T13:29:49.7930000-05:00",
        ] {
            assert_eq!(parse(text), Some(1_312_223_389_793), "{text}");
        }
        assert_eq!(render(1_312_223_389_793), "2011-08-01T18:29:49.793Z");
    }

    // scim: 7
    #[test]
    fn half_a_date_is_no_date() {
        for text in ["", "2011-08-01", "18:29:49Z", "2011-13-01T00:00:00Z", "2011-08-01 18:29", "yesterday"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn rendering_and_parsing_give_back_the_moment(ms in -62_167_219_200_000_i64..253_402_300_799_999) {
            prop_assert_eq!(parse(&render(ms)), Some(ms));
        }

        #[test]
        fn rendering_never_panics(ms in any::<i64>()) {
            prop_assert_eq!(render(ms).len(), 24);
        }
    }
}
