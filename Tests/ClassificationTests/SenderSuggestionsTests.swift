import DMARC
import Settings
import Testing
import Verdict

@testable import Classification
@testable import Store

/// Which sources are proposed as known senders.
@Suite struct SenderSuggestionsTests {
  private func suggestions(
    _ flows: [StreamFlow], known: Int = 0, isMostlyMail: Bool = false
  ) throws -> [SenderSuggestions.Suggestion] {
    let context = try ClassificationContext(Configuration(), [])
    let reporters = ReportDatabase.ReporterCounts(organisations: 5, known: known, isMostlyMail: isMostlyMail)
    var suggestions = SenderSuggestions(context, reporters) {
      DeclarationProposal($0, context.ruleContext, hasOtherOrganisations: false)
    }
    for flow in flows { suggestions.add(flow) }
    return suggestions.suggestions()
  }

  private func own(_ messages: Int64 = 20, _ change: (inout StreamFlow) -> Void = { _ in }) -> StreamFlow {
    Made.flow("aligned", messages: messages, spf: .pass, change)
  }

  @Test func aStableSourceInSPFIsProposedByItsHost() throws {
    let found = try suggestions([own { $0.host = "mx.example.com" }])
    #expect(found.map(\.sender.name) == ["mx.example.com"])
    #expect(found.first?.sender.kind == .own)
    #expect(found.first?.sender.networks.map { "\($0)" } == ["192.0.2.1"])
    #expect((found.first?.messages, found.first?.days) == (20, 3))
    #expect(try suggestions([own()]).map(\.sender.name) == ["192.0.2.1"])
  }

  @Test func flowsOfOneSourceCountTogether() throws {
    let found = try suggestions([own(10) { $0.days = [1, 2] }, own(10) { $0.days = [2, 3] }])
    #expect(found.count == 1)
    #expect((found.first?.messages, found.first?.days) == (20, 3))
  }

  @Test func whatIsRareShortDeclaredOrUnknownIsNotProposed() throws {
    for flow in [
      own(19), own { $0.days = [1, 2] }, own { $0.knownSender = "Office" }, own { $0.isUnknownIP = true },
      own { $0.verdict = "forwarded" }, Made.flow("aligned", messages: 100, dkim: .pass),
    ] { #expect(try suggestions([flow]).isEmpty) }
  }

  @Test func withoutKnownReportersTwoHaveToPutTheirReportsHere() throws {
    #expect(try suggestions([own { $0.placingOrganisations = [1] }]).isEmpty)
    #expect(try suggestions([own()], isMostlyMail: true).isEmpty)
  }

  @Test func withKnownReportersOnlyTheyCount() throws {
    let believed = own(100) {
      $0.believed = .init(messages: 30, days: [1, 2, 3], organisations: [1, 2])
    }
    let found = try suggestions([believed], known: 2, isMostlyMail: true)
    #expect(found.first?.messages == 30)
    #expect(found.first?.knownReporters == 2)
    #expect(try suggestions([own(100)], known: 2).isEmpty)
    // Where another one that is known reports on the domain, one is not enough.
    let one = own(100) { $0.believed = .init(messages: 30, days: [1, 2, 3], organisations: [1]) }
    #expect(try suggestions([one], known: 1).count == 1)
    let other = Made.flow("forwarded", source: 0xc000_0299) {
      $0.believed = .init(messages: 1, days: [1], organisations: [2])
    }
    #expect(try suggestions([one, other], known: 2).isEmpty)
  }

  private func service(_ envelope: String, source: UInt32 = 0xc633_6401) -> StreamFlow {
    Made.flow("aligned", messages: 20, dkim: .pass, source: source) {
      $0.outcome.spf = [SPFResult(domain: envelope, scope: "mfrom", result: .pass)]
    }
  }

  @Test func aServiceThatSignsForUsIsProposedByItsDomain() throws {
    let found = try suggestions([
      service("bounce.mailer.example"), service("b2.mailer.example", source: 0xc633_6402),
    ])
    #expect(found.count == 1)
    #expect(found.first?.sender.kind == .service)
    #expect(found.first?.sender.domains.map(\.name) == ["mailer.example"])
    #expect(found.first?.messages == 40)
  }

  @Test(arguments: ["gmail.com", "outlook.com", "mail-a.google.com", "co.uk"])
  func aMailboxProviderIsNoService(_ envelope: String) throws {
    #expect(try suggestions([service(envelope)]).isEmpty)
  }

  @Test func theAddressesOfANetworkOrAnOperatorAreProposedTogether() throws {
    let near = try suggestions(
      ([1, 2, 3] as [UInt32]).map { number in own(10) { $0.source = IPAddress(v4: 0xc000_0207 + number) } })
    #expect(near.map { $0.sender.networks.map { "\($0)" } } == [["192.0.2.8/30"]])
    #expect(near.first?.messages == 30)
    let hosts = try suggestions(
      ([1, 2, 3] as [UInt32]).map { number in
        own(10) {
          $0.source = IPAddress(v4: 0xc633_0001 + number * 65_536)
          $0.host = "mx\(number).hoster.example"
        }
      })
    #expect(hosts.first?.sender.kind == .service)
    #expect(hosts.map { $0.sender.hosts.map(\.name) } == [["hoster.example"]])
  }

  @Test func theLoudestComesFirst() throws {
    let found = try suggestions([own(20), own(50) { $0.source = IPAddress(v4: 0xc000_0202) }])
    #expect(found.map(\.messages) == [50, 20])
  }

  @Test func theCommandDeclaresWhatIsProposed() throws {
    let sender = try #require(try suggestions([own { $0.host = "mx.example.com" }]).first?.sender)
    let command = try #require(SenderSuggestions.command(sender))
    #expect("\(command)" == "dmarcstat senders add mx.example.com --kind own --address 192.0.2.1")
    let hostile = KnownSender(name: "x", kind: .service, domains: [try Made.name("a;rm -rf.example")])
    #expect(SenderSuggestions.command(hostile) == nil)
  }
}
