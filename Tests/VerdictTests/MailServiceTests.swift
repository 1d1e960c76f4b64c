import DMARC
import Testing

@testable import Verdict

/// The facts about services.
@Suite struct MailServiceTests {
  @Test func theDataFileIsComplete() throws {
    #expect(MailService.all.count > 15)
    var names: Set<String> = []
    for service in MailService.all {
      #expect(service.id.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d })
      #expect(ShellWord(service.id)?.quoted == service.id && !service.name.isEmpty)
      for name in Set([service.id, service.name] + service.aliases) {
        #expect(MailService.named(name)?.id == service.id, "\(name)")
      }
      #expect(names.insert(service.id).inserted)
      #expect(!service.domains.isEmpty && service.domains.allSatisfy { DomainName($0)?.publishable != nil })
      // Facts about a service need a source.
      let hasFacts = service.dkim != nil || service.envelope != .unknown || service.spf != nil
      #expect(!hasFacts || service.source?.hasPrefix("https://") == true, "\(service.id)")
      #expect((service.spf != nil) == (service.envelope == .own), "\(service.id)")
      #expect((service.returnPath != nil) == (service.envelope == .custom), "\(service.id)")
      #expect(service.dkim == nil || (["CNAME", "TXT"].contains(service.dkim) && service.place != nil))
      #expect(service.spf.map { DomainName($0)?.publishable != nil } ?? true)
    }
  }

  @Test func fixedRecordsArePublishable() throws {
    for record in MailService.all.flatMap(\.records) {
      #expect(record.type == "CNAME")
      #expect(DomainName("\(record.name).example.com")?.publishable != nil)
      #expect(DomainName(record.value)?.publishable != nil)
    }
  }

  /// The infrastructure table, which verdicts depend on, and these facts cover the same services.
  @Test func everyServiceOfTheInfrastructureTableCanBeNamed() throws {
    let text = String(decoding: PackageResources.infrastructure_txt, as: UTF8.self)
    let hosts = text.split(separator: "\n").filter { $0.hasPrefix("esp ") }.compactMap {
      $0.split(separator: " ").dropFirst().first.map(String.init)
    }
    #expect(hosts.count > 15)
    for host in hosts where !["mcdlv.net", "rsgsv.net"].contains(host) {
      #expect(MailService.all.contains { $0.matches(host) }, "\(host)")
    }
  }

  @Test func namesArePlain() {
    #expect(MailService.named("SendGrid")?.id == "sendgrid")
    #expect(MailService.named("google workspace")?.id == "google-workspace")
    #expect(MailService.named("さくらのメールボックス")?.id == "sakura")
    #expect(MailService.named("") == nil && MailService.named("nobody") == nil)
    #expect(MailService.named("exchange-online")?.matches("example-com.mail.protection.outlook.com") == true)
    #expect(MailService.named("zendesk")?.matches("notzendesk.com") == false)
  }
}
