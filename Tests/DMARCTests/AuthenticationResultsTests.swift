import DMARC
import Testing

@Suite struct AuthenticationResultsTests {
  private func read(_ text: String) -> AuthenticationResults? { AuthenticationResults(Array(text.utf8)) }

  private func authenticated(_ text: String) -> [String] { (read(text)?.authenticatedDomains ?? []).map(\.name) }

  @Test(arguments: [
    // RFC 8601 App. B and forms that occur in practice.
    ("example.com;\r\n dkim=pass (good signature) header.d=newyork.example.com", ["newyork.example.com"]),
    (
      "mx.google.com;\n dkim=pass header.i=@google.com header.s=20230601 header.b=aB/+1=;\n spf=pass (x) smtp.mailfrom=a@b.example;"
        + " dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=google.com", ["google.com"]
    ),
    ("mx.example.com 1; dkim/1 = pass reason=\"good; signature\" header . d = \"a.example\"", ["a.example"]),
    ("MX.Example.COM (host (inner) \\) ) ; dmarc=pass action=none header.from=A.example", ["a.example"]),
    ("mx.example.com; dkim=fail header.d=a.example; dkim=pass header.d=b.example;", ["b.example"]),
    ("mx.example.com; DKIM=PASS HEADER.D=a.example", ["a.example"]),
  ]) func whatPassed(_ field: String, _ domains: [String]) {
    #expect(authenticated(field) == domains)
  }

  @Test(arguments: [
    "mx.example.com; none", "mx.example.com (x); none ;", "mx.example.com",
    // SPF alone does not authenticate the author.
    "mx.example.com; spf=pass smtp.mailfrom=a.example",
    // Comments and quoted strings may contain text of the sender.
    "mx.example.com; spf=fail smtp.mailfrom=\"x; dmarc=pass header.from=google.com; a=b c.d\"@evil.example",
    "mx.example.com; spf=fail (; dkim=pass header.d=google.com;) smtp.mailfrom=evil.example",
    "mx.example.com; dkim=none (dkim=pass header.d=google.com",
    "mx.example.com; dkim=none dmarc=pass header.from=google.com",
    "mx.example.com; dkim=pass header.d=a.example header.d=google.com",
    "mx.example.com; dmarc=pass header.from=google.com; dmarc=fail header.from=google.com",
    "mx.example.com; dmarc=pass", "mx.example.com; dkim=pass header.d=; x=y",
    "mx.example.com; dkim=pass header.d=\"a b\"", "mx.example.com; dkim=pass header.d=\"unterminated",
    // Other versions are not understood.
    "mx.example.com 2; dkim=pass header.d=google.com", "mx.example.com; dkim/2=pass header.d=google.com",
    "mx.example.com; dkim=pass header.d=google.com) ", "mx.example.com x; dkim=pass header.d=google.com",
  ]) func whatDidNot(_ field: String) {
    #expect(read(field)?.host == DomainName("mx.example.com"))
    #expect(authenticated(field) == [])
  }

  @Test func fieldsWithoutAHost() {
    for text in ["", ";", "(x", "\"a b\"; dkim=pass", "= ; dkim=pass"] { #expect(read(text) == nil, "\(text)") }
  }

  @Test func hostMustMatchCompletely() {
    #expect(read("mx.example.com.evil.example; none")?.host.name == "mx.example.com.evil.example")
    #expect(read("mx.example.com/x; none") == nil)
  }

  @Test func sizeIsBounded() {
    let long = "mx.example.com; dkim=pass header.d=a.example; x=" + String(repeating: "y", count: 20_000)
    #expect(read(long)?.host.name == "mx.example.com")
    #expect(authenticated(long) == [])
    let many = "mx.example.com" + String(repeating: "; dkim=pass header.d=a.example", count: 65)
    #expect(authenticated(many) == [])
    #expect(authenticated("mx.example.com; dkim=none " + String(repeating: "(", count: 50)) == [])
  }

  @Test func agreementOfDomains() {
    func organisation(_ name: DomainName) -> DomainName? {
      DomainName(name.labels.suffix(2).joined(separator: ".")).flatMap { $0.labels.count == 2 ? $0 : nil }
    }
    func agreement(_ from: String?, _ name: String?, _ email: String?, _ contact: String? = nil) -> SenderAgreement {
      var metadata = ReportMetadata()
      (metadata.orgName, metadata.email, metadata.extraContactInfo) = (name, email, contact)
      return SenderAgreement(ReportMessage(from: from), metadata, organisation)
    }
    #expect(agreement("noreply@mail.a.example", "Big Mail", "dmarc@a.example") == .agrees)
    #expect(agreement("noreply@a.example", "a.example", "x@b.example") == .disagrees)
    #expect(agreement("noreply@a.example", "Big Mail", "x@b.example", "see https://dmarc.a.example/help") == .disagrees)
    #expect(agreement("noreply@yahoo.example", "Yahoo! Inc.", "dmarc@yahooinc.example") == .disagrees)
    #expect(agreement("x@evil.example", "google.com", "dmarc@google.com") == .disagrees)
    #expect(agreement("x@google.com.evil.example", "google.com", "dmarc@google.com") == .disagrees)
    #expect(agreement("x@evil.example", "Big Mail", nil) == .unknown)
    #expect(agreement(nil, "google.com", "dmarc@google.com") == .unknown)
  }
}
