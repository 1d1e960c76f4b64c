import DMARC
import Testing

@Suite struct SenderAgreementTests {
  private func agreement(
    from: String?, email: String? = nil, name: String? = nil, contact: String? = nil, authenticated: [String]? = nil
  ) -> SenderAgreement {
    var mail = ReportMessage(from: from)
    if let authenticated {
      let results = authenticated.map { "; dkim=pass header.d=\($0)" }.joined()
      mail.authentication = AuthenticationResults("mx.example.com\(results.isEmpty ? "; none" : results)".utf8)
    }
    var metadata = ReportMetadata()
    (metadata.email, metadata.orgName, metadata.extraContactInfo) = (email, name, contact)
    return SenderAgreement(mail, metadata) { domain in
      DomainName(domain.labels.suffix(2).joined(separator: "."))
    }
  }

  @Test func reporterAddressMustMatchTheSender() {
    #expect(agreement(from: "a@mail.google.com", email: "b@google.com", name: "Google LLC") == .agrees)
    #expect(agreement(from: "a@google.xyz", email: "b@google.com", name: "google.com") == .disagrees)
    #expect(agreement(from: "a@evil.example", email: "b@google.com", name: "evil google.com") == .disagrees)
    #expect(agreement(from: "a@evil.example", email: "b@google.com", name: "evil.example") == .disagrees)
    #expect(agreement(from: "noreply@dmarc.yahoo.com", email: "dmarchelp@yahooinc.com", name: "Yahoo") == .agrees)
  }

  @Test func reporterNameIsUsedWithoutAnAddress() {
    #expect(agreement(from: "a@evil.example", name: "google.com") == .disagrees)
    #expect(agreement(from: "a@google.com", name: "google.com") == .agrees)
    #expect(agreement(from: "a@google.com", name: "Google") == .unknown)
    #expect(agreement(from: nil, email: "b@google.com") == .unknown)
  }

  @Test func furtherContactsAreIgnored() {
    let contact = "https://evil.example/"
    #expect(agreement(from: "a@evil.example", email: "b@google.com", contact: contact) == .disagrees)
    #expect(agreement(from: "a@evil.example", name: "google.com", contact: contact) == .disagrees)
  }

  @Test func authenticationOfAnotherDomainIsADisagreement() {
    let (from, email) = ("a@google.com", "b@google.com")
    #expect(agreement(from: from, email: email, authenticated: ["evil.example"]) == .disagrees)
    #expect(agreement(from: from, email: email, authenticated: ["evil.example", "google.com"]) == .agrees)
    #expect(agreement(from: "a@evil.example", email: email, authenticated: ["google.com"]) == .disagrees)
    #expect(agreement(from: from, email: email, authenticated: []) == .agrees)
  }
}
