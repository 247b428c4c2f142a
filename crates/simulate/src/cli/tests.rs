//! What an administrator may type.

use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    args: SimulateArgs,
}

fn parse(line: &str) -> Result<SimulateArgs, clap::Error> {
    Command::try_parse_from(["simulate"].into_iter().chain(line.split(' '))).map(|command| command.args)
}

#[test]
fn the_line_from_the_contract_is_understood() {
    let line =
        "okta --tenant-url http://h/scim/a/v2 --users 200 --groups 20 --cycles 3 --seed 9 --rate 25 --json";
    let args = parse(line).expect("a valid line");
    assert_eq!(args.provider, Provider::Okta);
    assert_eq!((args.users, args.groups, args.cycles, args.seed), (200, 20, 3, 9));
    assert_eq!((args.rate, args.json, args.clean), (Some(25.0), true, false));
}

#[test]
fn senseless_numbers_are_refused() {
    for wrong in ["--users 0", "--rate 0", "--rate -1", "--rate nan", "--connections 0"] {
        assert!(parse(&format!("entra --tenant-url http://h/v2 {wrong}")).is_err(), "{wrong}");
    }
}

#[test]
fn a_tenant_url_is_taken_as_it_is_pasted() {
    let plain = TenantUrl { base: "https://h/scim/a/v2".to_owned(), conformance: Conformance::Legacy };
    assert_eq!(TenantUrl::parse(" https://h/scim/a/v2/ \n").expect("a URL"), plain);
    let flagged = TenantUrl::parse("https://h/scim/a/v2/?aadOptscim062020").expect("a URL");
    assert_eq!(flagged, TenantUrl { conformance: Conformance::Flagged, ..plain });
    for wrong in ["", "h/scim/a/v2", "ftp://h/v2", "https://", "https://h/a b"] {
        assert!(TenantUrl::parse(wrong).is_err(), "{wrong}");
    }
}
