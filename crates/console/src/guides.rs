//! What an administrator does in each identity provider, in the words of its own screens. Another identity provider is
//! another entry; no code knows one by name.

use maud::{Markup, html};

/// One identity provider.
pub(crate) struct Guide {
    /// In addresses.
    pub(crate) word: &'static str,
    pub(crate) name: &'static str,
    /// What it can do.
    pub(crate) about: &'static str,
    pub(crate) steps: &'static [Step],
}

/// A step, which ends when something is saved there.
pub(crate) struct Step {
    pub(crate) title: &'static str,
    pub(crate) items: &'static [Item],
}

/// A part of a step. In texts, `**…**` is a word of the identity provider's screens.
pub(crate) enum Item {
    /// One after the other.
    Do(&'static [&'static str]),
    Note(&'static str),
    /// The Tenant URL and a Secret Token, under the names that they have there.
    Values {
        url: &'static str,
        token: &'static str,
    },
    /// What to type there. A cell in backticks is copied as it is.
    Table {
        caption: &'static str,
        headings: &'static [&'static str],
        rows: &'static [&'static [&'static str]],
    },
}

use Item::{Do, Note, Table, Values};

const ROLE_ROWS: &[&[&str]] = &[
    &["Member", "`member`", "member of the organisation"],
    &["Admin", "`admin`", "administrator of the organisation"],
    &["Owner", "`owner`", "owner of the organisation"],
];

/// Where no `roles` comes, everybody is a member.
const ROLES: Item = Table {
    caption: "Organisation roles",
    headings: &["Role", "Value of roles", "Meaning"],
    rows: ROLE_ROWS,
};

const ATTRIBUTES: Item = Table {
    caption: "Attributes",
    headings: &["SCIM attribute", "From"],
    rows: &[
        &["`userName`", "the sign-in name, which does not change"],
        &["`externalId`", "the directory's own id of the person"],
        &["`name.givenName`", "first name"],
        &["`name.familyName`", "last name"],
        &["`emails[type eq \"work\"].value`", "e-mail address"],
        &["`active`", "whether the account is enabled"],
    ],
};

const MAP_GROUPS: Item = Note(
    "Then map the groups that arrived to workspaces under SCIM Provisioning, or name them by the pattern: a group `ws-Sales-role-admin` gives its people the role admin in the workspace Sales.",
);

/// In the order in which they are offered.
pub(crate) const GUIDES: &[Guide] = &[
    Guide {
        word: "entra",
        name: "Microsoft Entra ID",
        about: "People, groups and application roles; a cycle about every 40 minutes, or on demand.",
        steps: &[
            Step {
                title: "Connect",
                items: &[
                    Do(&[
                        "**Enterprise applications** → **New application** → **Create your own application** → *Non-gallery*. Give it a name.",
                        "In the application: **Provisioning** → **New configuration**. Paste:",
                    ]),
                    Values { url: "Tenant URL", token: "Secret Token" },
                    Do(&[
                        "Press **Test Connection**. Entra looks for somebody who does not exist, and the panel shows that it came.",
                        "**Create**.",
                    ]),
                ],
            },
            Step {
                title: "Application roles",
                items: &[
                    Do(&[
                        "**App registrations** → the application of the same name → **App roles** → **Create app role**, allowed member types **Users/Groups**, for each:",
                    ]),
                    Table {
                        caption: "App roles",
                        headings: &["Display name", "Value", "Meaning"],
                        rows: &[
                            &["Member", "`member`", "member of the organisation"],
                            &["Admin", "`admin`", "administrator of the organisation"],
                            &["Owner", "`owner`", "owner of the organisation"],
                            &["Group", "`group`", "lets groups be assigned; on a person it counts as member"],
                        ],
                    },
                ],
            },
            Step {
                title: "Attribute mapping",
                items: &[
                    Do(&[
                        "**Provisioning** → **Attribute mapping** → **Provision Microsoft Entra ID Users** → **Show advanced options** → **Edit attribute list for customappsso**: add `roles`, type **String**, **Multi-value**. Save.",
                        "**Add New Mapping**, mapping type **Expression**, one of:",
                    ]),
                    Table {
                        caption: "Mapping of roles",
                        headings: &["Expression", "Target attribute", "When"],
                        rows: &[
                            &[
                                "`SingleAppRoleAssignment([appRoleAssignments])`",
                                "`roles[primary eq \"True\"].value`",
                                "a person has one role",
                            ],
                            &[
                                "`AssertiveAppRoleAssignmentsComplex([appRoleAssignments])`",
                                "`roles`",
                                "a person may have several; roles that are unassigned are taken away",
                            ],
                        ],
                    },
                    Table {
                        caption: "Other mappings",
                        headings: &["Expression", "Target attribute", "When"],
                        rows: &[
                            &[
                                "`Join(\" \", [givenName], [surname])`",
                                "`displayName`",
                                "names as people write them",
                            ],
                            &[
                                "`objectId`",
                                "`externalId`",
                                "people are found again after their sign-in name changed",
                            ],
                        ],
                    },
                ],
            },
            Step {
                title: "Groups",
                items: &[
                    Do(&[
                        "**Users and groups** → **Add user/group**: assign the groups with the role **Group**, and people with their role.",
                    ]),
                    Note("Entra does not send the groups inside a group: assign those as well."),
                    MAP_GROUPS,
                ],
            },
            Step {
                title: "Turn it on",
                items: &[Do(&[
                    "**Provision on demand** sends one person at once; watch it arrive.",
                    "**Start provisioning**.",
                ])],
            },
        ],
    },
    Guide {
        word: "okta",
        name: "Okta",
        about: "People and pushed groups, as they change.",
        steps: &[
            Step {
                title: "Connect",
                items: &[
                    Do(&[
                        "**Applications** → **Create App Integration**: *SAML 2.0* or *SWA*.",
                        "**General** → **App Settings** → **Edit** → **Provisioning**: **SCIM**.",
                        "**Provisioning** → **Integration** → **Edit**. **Unique identifier field for users** is `userName`. Tick **Push New Users**, **Push Profile Updates**, **Push Groups**. **Authentication Mode**: **HTTP Header**. Paste:",
                    ]),
                    Values { url: "SCIM connector base URL", token: "Authorization (bearer token)" },
                    Do(&[
                        "**Test Connector Configuration**, then **Save**.",
                        "**Provisioning** → **To App** → **Edit**: enable **Create Users**, **Update User Attributes**, **Deactivate Users**.",
                    ]),
                ],
            },
            Step {
                title: "Organisation roles",
                items: &[
                    Do(&[
                        "**Profile Editor** → the application → **Add Attribute**: data type **string array**, and:",
                    ]),
                    Table {
                        caption: "The attribute roles",
                        headings: &["Field", "Value"],
                        rows: &[
                            &["External name", "`roles`"],
                            &["External namespace", "`urn:ietf:params:scim:schemas:core:2.0:User`"],
                        ],
                    },
                    ROLES,
                    Note(
                        "Set it on the assignment of a person or of a group. When several arrive, the highest counts.",
                    ),
                ],
            },
            Step {
                title: "Groups",
                items: &[
                    Do(&["**Push Groups** → **Push Groups** → find the groups by name or by rule."]),
                    Note(
                        "Assign people by other groups than those you push: Okta does not push a group reliably while it is also the reason of the assignment.",
                    ),
                    MAP_GROUPS,
                ],
            },
        ],
    },
    Guide {
        word: "google",
        name: "Google Workspace",
        about: "People only, every few hours: Google's automatic provisioning sends no groups.",
        steps: &[
            Step {
                title: "Connect",
                items: &[
                    Do(&[
                        "In the Admin console, **Apps** → **Web and mobile apps** → the SAML application that offers it → **Auto-provisioning** → **Configure auto-provisioning**. Paste:",
                    ]),
                    Values { url: "Endpoint URL", token: "Access token" },
                    Note("Google offers this for applications of its catalogue alone."),
                ],
            },
            Step {
                title: "Attribute mapping",
                items: &[
                    Do(&["Map at least:"]),
                    ATTRIBUTES,
                    Note(
                        "Set the deprovisioning delays as you want them: a suspended person loses access at once here, and keeps the record.",
                    ),
                ],
            },
            Step {
                title: "Roles and workspaces",
                items: &[Note(
                    "Since no groups and no roles come, give workspaces by hand, under Workspaces, to the people that arrived.",
                )],
            },
        ],
    },
    Guide {
        word: "onelogin",
        name: "OneLogin",
        about: "People by a template of your own, and groups by rules.",
        steps: &[
            Step {
                title: "Connect",
                items: &[
                    Do(&[
                        "**Applications** → **Add App** → *SCIM Provisioner with SAML (SCIM v2 Core)*. **Configuration**. Paste:",
                    ]),
                    Values { url: "SCIM Base URL", token: "SCIM Bearer Token" },
                    Do(&[
                        "**SCIM JSON Template**: paste the template below.",
                        "**API Status** → **Enable**. OneLogin looks for somebody who does not exist.",
                        "**Provisioning** → **Enable provisioning**.",
                    ]),
                    Table {
                        caption: "SCIM JSON Template",
                        headings: &["Template"],
                        rows: &[&[
                            "`{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"{$parameters.scimusername}\",\"externalId\":\"{$user.id}\",\"name\":{\"givenName\":\"{$user.firstname}\",\"familyName\":\"{$user.lastname}\"},\"emails\":[{\"value\":\"{$user.email}\",\"type\":\"work\",\"primary\":true}],\"active\":true}`",
                        ]],
                    },
                ],
            },
            Step {
                title: "Organisation roles",
                items: &[
                    Do(&[
                        "**Parameters**: add one named `roles`, and put it into the template as `\"roles\":[\"{$parameters.roles}\"]`.",
                    ]),
                    ROLES,
                ],
            },
            Step {
                title: "Groups",
                items: &[
                    Do(&[
                        "**Parameters** → **Groups**: tick **Include in User Provisioning**.",
                        "**Rules**: set groups from the roles that people have in OneLogin.",
                    ]),
                    MAP_GROUPS,
                ],
            },
        ],
    },
    Guide {
        word: "jumpcloud",
        name: "JumpCloud",
        about: "People and groups. Turning it on makes and removes a test person and a test group.",
        steps: &[
            Step {
                title: "Connect",
                items: &[
                    Do(&[
                        "**SSO Applications** → the application → **Identity Management** → **Configuration settings**: **API Type** is *SCIM API*, **SCIM Version** is *SCIM 2.0*. Paste:",
                    ]),
                    Values { url: "Base URL", token: "Token Key" },
                    Do(&["Give a test e-mail address, then **Test Connection**, and **Activate**."]),
                ],
            },
            Step { title: "Attributes", items: &[ATTRIBUTES, ROLES] },
            Step {
                title: "Groups",
                items: &[
                    Do(&[
                        "Turn **Group Management** on, and bind the groups to the application under **User Groups**.",
                    ]),
                    MAP_GROUPS,
                ],
            },
        ],
    },
    Guide {
        word: "ping",
        name: "PingOne",
        about: "People and groups, by the SCIM outbound connection.",
        steps: &[
            Step {
                title: "Connect",
                items: &[
                    Do(&[
                        "**Integrations** → **Provisioning** → **New connection** → **Identity Store** → **SCIM Outbound**. **SCIM Version** is *2.0*, **Authentication Method** is *OAuth 2 Bearer Token*. Paste:",
                    ]),
                    Values { url: "SCIM Base URL", token: "OAuth Access Token" },
                    Do(&[
                        "**Users Resource** is `/Users`, **Groups Resource** is `/Groups`, **User Identifier** is *userName*.",
                        "**Test Connection**, then **Save**, and turn the connection on.",
                    ]),
                ],
            },
            Step {
                title: "Rule and attributes",
                items: &[
                    Do(&[
                        "**New rule** from the directory to this connection, with a filter on who shall come. Under **Attribute mapping**:",
                    ]),
                    ATTRIBUTES,
                    ROLES,
                ],
            },
            Step {
                title: "Groups",
                items: &[Do(&["In the rule, **Group provisioning**: add the groups."]), MAP_GROUPS],
            },
        ],
    },
    Guide {
        word: "keycloak",
        name: "Keycloak",
        about: "By a SCIM client plugin, such as mitodl/keycloak-scim: people and groups, as they change.",
        steps: &[
            Step {
                title: "Connect",
                items: &[
                    Do(&[
                        "With the plugin installed: **User federation** → **Add Scim providers**. **Auth mode** is *BEARER*, content type `application/scim+json`. Paste:",
                    ]),
                    Values { url: "SCIM 2.0 endpoint", token: "Auth password or token" },
                    Do(&[
                        "Turn **Enable user propagation** and **Enable group propagation** on, then **Save**.",
                        "**Realm settings** → **Events** → **Event listeners**: add *scim*.",
                    ]),
                    Note("The plugin has no test button: change a person and watch the panel."),
                ],
            },
            Step {
                title: "Organisation roles",
                items: &[
                    Note(
                        "The plugin sends the person's realm roles that carry the attribute `scim` with the value `true`.",
                    ),
                    ROLES,
                ],
            },
            Step { title: "Groups", items: &[MAP_GROUPS] },
        ],
    },
    Guide {
        word: "authentik",
        name: "authentik",
        about: "People and groups, as they change and by a full sync.",
        steps: &[
            Step {
                title: "Connect",
                items: &[
                    Do(&["**Applications** → **Providers** → **Create** → *SCIM Provider*. Paste:"]),
                    Values { url: "URL", token: "Token" },
                    Do(&[
                        "**Compatibility Mode** stays *Default*. **Finish**.",
                        "In the application, **Backchannel Providers**: add the provider.",
                    ]),
                ],
            },
            Step {
                title: "Organisation roles",
                items: &[
                    Do(&[
                        "**Customization** → **Property Mappings** → **Create** → *SCIM Provider Mapping*, with the expression:",
                    ]),
                    Table {
                        caption: "Expression",
                        headings: &["Expression"],
                        rows: &[&[
                            "`return {\"roles\": [{\"value\": \"admin\"}] if request.user.is_superuser else []}`",
                        ]],
                    },
                    Note("Add it to the provider's **User Property Mappings**."),
                    ROLES,
                ],
            },
            Step {
                title: "Groups",
                items: &[
                    Do(&["Choose in the provider which groups come, then **Run sync again**."]),
                    MAP_GROUPS,
                ],
            },
        ],
    },
    Guide {
        word: "generic",
        name: "Another one",
        about: "Whatever speaks SCIM 2.0 with a bearer token.",
        steps: &[
            Step {
                title: "Connect",
                items: &[
                    Do(&[
                        "Look for *SCIM*, *provisioning* or *user sync* in the application's settings. Choose SCIM 2.0 and a bearer token (also *HTTP header* or *API token*). Paste:",
                    ]),
                    Values { url: "Tenant URL", token: "Secret Token" },
                    Note(
                        "The address is also called base URL or endpoint. It has no slash at its end, and no /Users.",
                    ),
                ],
            },
            Step { title: "Attributes", items: &[ATTRIBUTES, ROLES] },
            Step { title: "Groups", items: &[MAP_GROUPS] },
        ],
    },
];

/// A text with `**words of a screen**`, *choices* and `values`.
pub(crate) fn prose(text: &str) -> Markup {
    let pieces = text.split('`').enumerate();
    html! {
        @for (place, piece) in pieces {
            @if place % 2 == 1 { code { (piece) } } @else {
                @for (place, piece) in piece.split("**").enumerate() {
                    @if place % 2 == 1 { strong { (piece) } } @else {
                        @for (place, piece) in piece.split('*').enumerate() {
                            @if place % 2 == 1 { em { (piece) } } @else { (piece) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guide_asks_for_both_values_and_its_tables_are_whole() {
        for guide in GUIDES {
            let items: Vec<&Item> = guide.steps.iter().flat_map(|step| step.items).collect();
            assert_eq!(
                items.iter().filter(|item| matches!(item, Values { .. })).count(),
                1,
                "{}",
                guide.name
            );
            for item in items {
                if let Table { caption, headings, rows } = item {
                    assert!(rows.iter().all(|row| row.len() == headings.len()), "{}: {caption}", guide.name);
                }
            }
        }
        let mut words: Vec<&str> = GUIDES.iter().map(|guide| guide.word).collect();
        words.dedup();
        assert_eq!(words.len(), 9);
    }

    #[test]
    fn words_of_a_screen_stand_out() {
        let shown = prose("Press **Save**, *then* type `a<b`.").into_string();
        assert_eq!(shown, "Press <strong>Save</strong>, <em>then</em> type <code>a&lt;b</code>.");
    }
}
