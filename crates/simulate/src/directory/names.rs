//! What people, departments, workspaces and groups of the invented company are called.
//!
//! Some names hold what breaks careless servers: apostrophes, letters outside ASCII, quotes, `&`, `+`, a second blank.

/// As written, and as it stands in an address.
pub(super) const GIVEN: [(&str, &str); 24] = [
    ("Ada", "Ada"),
    ("Amina", "Amina"),
    ("Björn", "Bjorn"),
    ("Chloé", "Chloe"),
    ("Dmitri", "Dmitri"),
    ("Emeka", "Emeka"),
    ("Fatima", "Fatima"),
    ("Grace", "Grace"),
    ("Hiroshi", "Hiroshi"),
    ("Inés", "Ines"),
    ("Jan-Erik", "Jan-Erik"),
    ("Katherine", "Katherine"),
    ("Łukasz", "Lukasz"),
    ("Mei", "Mei"),
    ("Noor", "Noor"),
    ("Olu", "Olu"),
    ("Priya", "Priya"),
    ("Quentin", "Quentin"),
    ("Rosa", "Rosa"),
    ("Søren", "Soren"),
    ("Tomás", "Tomas"),
    ("Uma", "Uma"),
    ("Yusuf", "Yusuf"),
    ("Zoë", "Zoe"),
];

/// As written, and as it stands in an address.
pub(super) const FAMILY: [(&str, &str); 24] = [
    ("Achebe", "Achebe"),
    ("Byron", "Byron"),
    ("Castillo", "Castillo"),
    ("D'Angelo", "DAngelo"),
    ("Eriksson", "Eriksson"),
    ("Fernández", "Fernandez"),
    ("Große", "Grosse"),
    ("Hopper", "Hopper"),
    ("Ivanov", "Ivanov"),
    ("Johnson", "Johnson"),
    ("Kowalczyk", "Kowalczyk"),
    ("Lovelace", "Lovelace"),
    ("Müller", "Muller"),
    ("Nakamura", "Nakamura"),
    ("O'Brien", "OBrien"),
    ("Patel", "Patel"),
    ("Quispe", "Quispe"),
    ("Rahman", "Rahman"),
    ("Šimić", "Simic"),
    ("Tanaka", "Tanaka"),
    ("van der Berg", "vanderBerg"),
    ("Wójcik", "Wojcik"),
    ("Yılmaz", "Yilmaz"),
    ("张", "Zhang"),
];

pub(super) const DEPARTMENTS: [&str; 8] =
    ["Engineering", "Finance", "Legal", "Marketing", "People & Culture", "Research", "Sales", "Support"];

pub(super) const TITLES: [&str; 6] =
    ["Analyst", "Engineer", "Head of \"Special\" Projects", "Manager", "Senior Specialist", "Spécialiste"];

/// Workspaces that groups named after the pattern give access to.
pub(super) const WORKSPACES: [&str; 12] = [
    "Sales",
    "Engineering",
    "Finance",
    "Legal",
    "Marketing",
    "Research",
    "Support",
    "Design",
    "Operations",
    "Data",
    "Security",
    "Berlin",
];

pub(super) const WORKSPACE_ROLES: [&str; 3] = ["member", "manager", "admin"];

/// Groups that need an administrator's mapping.
pub(super) const FREE_GROUPS: [&str; 12] = [
    "All Engineers",
    "Book club",
    "C++ guild",
    "Contractors (EMEA)",
    "Führungskreis",
    "Project \"Aurora\"",
    "R&D leads",
    "Works council",
    "ws-ish but free",
    "On-call 100%",
    "Équipe Paris",
    "Budget owners; 2026",
];
