//! What is accepted, one entry of each kind: the seeds of the mutations, and the source of words.

pub(crate) const PATHS: &[&str] = &[
    "members",
    "name.familyName",
    r#"members[value eq "2819c223"]"#,
    r#"emails[type eq "work" and not (primary eq true)].value"#,
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    r#"addresses[type eq "w\"\\\u00e9\/k" or region pr].$ref"#,
];

pub(crate) const FILTERS: &[&str] = &[
    r#"userName eq "bjensen""#,
    r#"name.familyName co "O'Malley" and active eq true or title ne null"#,
    r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
    r#"meta.lastModified gt "2011-05-13T04:42:34Z" and meta.created le "2011-05-13T04:42:34.5+02:00""#,
    r#"userType ne "Employee" and not (emails co "example.com" or emails.value ew "example.org")"#,
    r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    r#"emails[type eq "work"].value eq "x""#,
    r#"x lt -1.5e3 and ((y ge 10)) and schemas[value pr]"#,
    r#"displayName eq "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#,
];

pub(crate) const DOCUMENTS: &[&str] = &[
    r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","externalId":"7","name":{"givenName":"Ada","familyName":"L"},"active":true,"password":"x"}"#,
    r#"{"userName":"ada","emails":[{"value":"a@x","type":"work","primary":true},{"value":"b@x"}],"roles":["admin"],"x509Certificates":[{"value":"AAAA"}],"photos":[{"value":"https://x/y"}]}"#,
    r#"{"USERNAME":"ada","active":"True","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D","manager":{"value":"1"}},"name.givenName":"A","title":null,"meta":{"created":"2008-01-23T04:56:22Z"}}"#,
    r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"G","members":[{"value":"1","type":"User","display":"d"},{"$ref":"https://x/v2/Groups/2"}]}"#,
];

pub(crate) const PATCHES: &[&str] = &[
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"emails","value":[{"value":"c@x","type":"other"}]},{"op":"remove","path":"emails[type eq \"work\"]"}]}"#,
    r#"{"Operations":[{"op":"Replace","path":"active","value":"False"},{"op":"Add","value":{"name.givenName":"B","title":"x"}},{"op":"replace","path":"name","value":{"formatted":"A"}}]}"#,
    r#"{"Operations":[{"op":"replace","path":"emails[type eq \"work\"].value","value":"z@x"},{"op":"remove","path":"name.givenName"},{"op":"replace","path":"emails[primary eq true]","value":{"value":"q"}}]}"#,
    r#"{"Operations":[{"op":"add","path":"members","value":[{"value":"1"},{"value":"2"}]},{"op":"remove","path":"members[value eq \"1\"]"},{"op":"Remove","path":"members","value":[{"value":"2"}]},{"op":"replace","value":{"members":[]}}]}"#,
    r#"{"Operations":[{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":{"value":"1"}},{"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"}]}"#,
];

pub(crate) const BULK_REQUESTS: &[&str] = &[
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"failOnErrors":1,"Operations":[{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"a"}},{"method":"PATCH","path":"/Users/7","version":"W/\"1\"","data":{}}]}"#,
    r#"{"Operations":[{"method":"POST","path":"/Groups","bulkId":"a","data":{"members":[{"value":"bulkId:b"},{"value":"1"}]}},{"method":"POST","path":"/Groups","bulkId":"b","data":{"members":[{"value":"bulkId:a","$ref":"/Groups/bulkId:a"}]}}]}"#,
    r#"{"Operations":[{"method":"PATCH","path":"/Groups/bulkId:a","data":{"Operations":[{"op":"remove","path":"members[value eq \"bulkId:b\"]"}]}},{"method":"post","path":"Users","bulkId":"b","data":{"manager":"bulkId:b"}},{"method":"DELETE","path":"/Users/bulkId:b"},{"method":"POST","path":"/Groups","bulkId":"a","data":{}}]}"#,
    r#"{"Operations":[{"method":"GET","path":"/Users"},{"method":"PUT","path":"/Users/7","bulkId":"c","data":{"urn:x":{"manager":{"value":"bulkId:d"}}}},{"method":"POST","path":"/Bulk"}]}"#,
];

pub(crate) const SEARCHES: &[&str] = &[
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"attributes":["displayName","userName"],"filter":"displayName sw \"smith\"","startIndex":1,"count":10}"#,
    r#"{"excludedAttributes":["members","emails.value"],"sortBy":"name.familyName","sortOrder":"descending","cursor":"","count":0}"#,
    r#"{"attributes":"id","sortBy":"emails","startIndex":-5,"count":-1,"filter":null}"#,
    "attributes=displayName,emails.value&filter=active eq true&startIndex=1&count=100",
    "excludedAttributes=members&sortBy=meta.lastModified&sortOrder=ascending&cursor=&count=5",
];

/// Cursors of the query that the harness asks about.
pub(crate) const CURSORS: &[&str] = &["AQAAAYvP5WgAawAAAAAAAAABNyJhZGEi4hQuyWQf2iA"];
