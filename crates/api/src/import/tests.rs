//! What an administrator can rely on when a file is read.

use super::*;
use rolecall_domain::{
    grant::{Expiry, Grant},
    role::{OrgRole, WorkspaceRole},
    time::Timestamp,
    use_cases::workspaces::WorkspaceRef,
};

type Lines = Vec<(u64, Result<ImportRow, String>)>;

fn read(format: Format, file: &str) -> Result<Lines, ImportFailure> {
    let mut lines = Lines::new();
    let mut take = |line, row| {
        lines.push((line, row));
        Ok(())
    };
    match format {
        Format::Csv => read_csv(&mut file.as_bytes(), &mut take)?,
        Format::Json => json::read(&mut file.as_bytes(), &mut take)?,
    }
    Ok(lines)
}

fn ada() -> ImportRow {
    ImportRow {
        id: Some("17".into()),
        user_name: "ada@acme.example".into(),
        display_name: Some("Lovelace, Ada".into()),
        active: Some(true),
        role: Some(OrgRole::Admin),
        grants: vec![
            (WorkspaceRef("sales".into()), Grant::lasting(WorkspaceRole::Manager)),
            (WorkspaceRef("finance".into()), Grant::lasting(WorkspaceRole::Member)),
        ],
        ..ImportRow::default()
    }
}

#[test]
fn spreadsheets_of_any_country_are_read_alike() {
    let wanted: Lines = vec![(2, Ok(ada()))];
    for file in [
        "id,user_name,display_name,active,role,workspaces\n17,ada@acme.example,\"Lovelace, Ada\",TRUE,Admin,sales:manager;finance\n",
        "\u{feff}ID;User Name;Display-Name;active;role;workspaces\r\n17;ada@acme.example;Lovelace, Ada;true;admin;\"sales:Manager; finance:member\"\r\n",
        "id\tuser_name\tdisplay_name\tactive\trole\tworkspaces\temail\n17\t ada@acme.example\tLovelace, Ada\ttrue\tadmin\tsales:manager;finance\t\n",
    ] {
        assert_eq!(read(Format::Csv, file).unwrap(), wanted, "{file}");
    }
    let json = r#"{"people": [{"id": 17, "user_name": "ada@acme.example", "display_name": "Lovelace, Ada", "active": true,
        "role": "admin", "workspaces": [{"workspace": "sales", "role": "manager"}, {"workspace": "finance", "role": "member"}]}]}"#;
    assert_eq!(read(Format::Json, json).unwrap(), [(1, Ok(ada()))]);
}

#[test]
fn a_role_for_a_time_is_read_with_what_it_leaves() {
    let grant = |at: &str, then| {
        let at = rolecall_scim::instant::parse(at).map(Timestamp).unwrap();
        Grant { role: WorkspaceRole::Admin, expiry: Some(Expiry { at, then }) }
    };
    let wanted = vec![
        (WorkspaceRef("sales".into()), grant("2027-02-01T00:00:00Z", None)),
        (WorkspaceRef("legal".into()), grant("2027-01-31T18:00:00Z", Some(WorkspaceRole::Member))),
    ];
    let csv = "user_name,workspaces\nada,sales:admin until 2027-01-31; legal:Admin until 2027-01-31T18:00:00Z then member\n";
    let json = r#"{"people": [{"user_name": "ada", "workspaces": [{"workspace": "sales", "role": "admin", "expires_at": "2027-01-31"},
        {"workspace": "legal", "role": "admin", "expires_at": "2027-01-31T18:00:00Z", "then_role": "member"}]}]}"#;
    for (format, file) in [(Format::Csv, csv), (Format::Json, json)] {
        let lines = read(format, file).unwrap();
        assert_eq!(lines[0].1.as_ref().unwrap().grants, wanted, "{file}");
    }
    for (wrong, why) in [
        ("sales:admin until Friday", "`Friday` is not a time"),
        ("sales:admin until 2027-01-31 then boss", "`boss` is not a role"),
    ] {
        let lines = read(Format::Csv, &format!("user_name,workspaces\nada,{wrong}\n")).unwrap();
        assert!(lines[0].1.as_ref().unwrap_err().contains(why), "{lines:?}");
    }
    let then = r#"{"people": [{"user_name": "ada", "workspaces": [{"workspace": "sales", "role": "admin", "then_role": "member"}]}]}"#;
    let lines = read(Format::Json, then).unwrap();
    assert!(lines[0].1.as_ref().unwrap_err().contains("say when that is"), "{lines:?}");
}

#[test]
fn each_bad_line_is_told_and_those_after_it_are_read() {
    let file = "user_name,email,active,role,workspaces\n\
                ada,ada,,,\n\
                \"two\nlines\",,,,\n\
                grace,,perhaps,,\n\
                alan,,,boss,\n\
                bob,,,,sales:chief\n\
                eve,,\n\
                \n\
                mary,mary@acme.example,,,";
    let lines = read(Format::Csv, file).unwrap();
    let told: Vec<(u64, bool, String)> =
        lines.into_iter().map(|(line, row)| (line, row.is_ok(), row.err().unwrap_or_default())).collect();
    let wanted = [
        (2, "email `ada` is no address"),
        (3, ""),
        (5, "active must be true or false"),
        (6, "role: `boss`"),
        (7, "workspaces: `chief`"),
        (8, "has 3 columns where the first line names 5"),
        (10, ""),
    ];
    assert_eq!(told.len(), wanted.len(), "{told:?}");
    for ((line, fine, detail), (of, begins)) in told.iter().zip(wanted) {
        assert_eq!((*line, *fine), (of, begins.is_empty()), "{detail}");
        assert!(detail.starts_with(begins), "{detail}");
    }
    let lines = read(
        Format::Json,
        r#"{"people": [{"user_name": "ada", "rol": "admin"}, {"id": "7"}, {"user_name": "grace"}]}"#,
    );
    let lines = lines.unwrap();
    assert!(lines[0].1.as_ref().unwrap_err().contains("unknown field `rol`"), "{lines:?}");
    assert!(lines[1].1.as_ref().unwrap_err().contains("missing field `user_name`"), "{lines:?}");
    assert!(lines[2].1.is_ok());
}

#[test]
fn a_file_that_is_none_says_what_one_is() {
    for (format, file, wanted) in [
        (Format::Csv, "name,user_name\nAda,ada\n", "`name` is not a column of an import"),
        (Format::Csv, "email\nada@acme.example\n", "names no column `user_name`"),
        (Format::Csv, "", "names no column `user_name`"),
        (Format::Csv, "user_name,User Name\na,b\n", "is there twice"),
        (Format::Json, "[]", "an object with `people`"),
        (Format::Json, r#"{"persons": []}"#, "expected `people`"),
        (Format::Json, r#"{"people": [], "more": 1}"#, "nothing else"),
        (Format::Json, r#"{"people": [{"user_name": "#, "EOF"),
        (Format::Json, r#"{"people": []} x"#, "trailing"),
    ] {
        let error = read(format, file).unwrap_err().to_string();
        assert!(error.contains(wanted), "{file}: {error}");
    }
}

#[test]
fn a_line_that_is_not_utf_8_is_told_by_its_number() {
    let mut lines = Lines::new();
    let file = b"user_name\nada\nJ\xfcrgen\ngrace\n";
    read_csv(&mut &file[..], &mut |line, row| {
        lines.push((line, row));
        Ok(())
    })
    .unwrap();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1].0, 3);
    assert!(lines[1].1.as_ref().unwrap_err().contains("CSV UTF-8"), "{lines:?}");
}

#[test]
fn a_store_that_takes_no_more_ends_the_reading() {
    for (format, file) in [
        (Format::Csv, "user_name\nada\ngrace\n"),
        (Format::Json, r#"{"people": [{"user_name": "ada"}, {}]}"#),
    ] {
        let mut taken = 0;
        let mut take = |_, _| {
            taken += 1;
            Err(StoreError::Unavailable("gone".into()))
        };
        let failed = match format {
            Format::Csv => read_csv(&mut file.as_bytes(), &mut take),
            Format::Json => json::read(&mut file.as_bytes(), &mut take),
        };
        assert!(matches!(failed, Err(ImportFailure::Import(ImportError::Store(StoreError::Unavailable(_))))));
        assert_eq!(taken, 1);
    }
}
