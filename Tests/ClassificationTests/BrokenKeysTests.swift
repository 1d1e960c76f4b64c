import DMARC
import Lookup
import Testing
import Verdict

@testable import Classification
@testable import Store

@Suite struct BrokenKeysTests {
  /// The result of the key `s1` for some messages on a day.
  private struct Mail {
    var day: Int64
    var messages: Int64
    var result: AuthResult
    var reporter: Int64 = 1
    var domain = "example.com"
  }

  private func found(_ mails: [Mail]) throws -> [BrokenKey] {
    let suffixes = PublicSuffixList()
    var keys = BrokenKeys(Organisations { suffixes.organisation(of: $0) })
    let days = mails.map { mail in
      var outcome = AuthenticationOutcome()
      outcome.headerFrom = "example.com"
      outcome.dkim = [DKIMResult(domain: mail.domain, selector: "S1", result: mail.result)]
      return SignatureDay(
        policyDomain: "example.com", outcome: outcome, source: IPAddress(v4: 1), day: mail.day, reporter: mail.reporter,
        messages: mail.messages)
    }
    for day in days { keys.addFailing(day) }
    for day in days { keys.addPassing(day) }
    return keys.found
  }

  @Test(arguments: [AuthResult.fail, .permerror, .neutral, .policy])
  func keyIsBrokenSinceTheFirstDayOfItsLastFailure(_ result: AuthResult) throws {
    let key = try #require(
      found(
        (1...9).map { Mail(day: $0, messages: 50, result: .pass) }
          + (10...20).map { Mail(day: $0, messages: 50, result: result) }
      ).first)
    #expect((key.selector, key.since.number, key.messages, key.reporters) == ("s1", 10, 550, 1))
    #expect(!key.isOver)
  }

  @Test func temporaryErrorsAndOtherDomainsAreNotMeant() throws {
    #expect(try found((1...9).map { Mail(day: $0, messages: 50, result: .temperror) }).isEmpty)
    #expect(try found((1...9).map { Mail(day: $0, messages: 50, result: .fail, domain: "other.example") }).isEmpty)
  }

  @Test func straysAreNotMeant() throws {
    let passing = (1...30).map { Mail(day: $0, messages: 100, result: .pass) }
    #expect(try found(passing + (1...30).map { Mail(day: $0, messages: 2, result: .fail) }).isEmpty)
    #expect(try found([Mail(day: 4, messages: 9, result: .fail)]).isEmpty)
    #expect(try found([Mail(day: 4, messages: 10, result: .fail)]).count == 1)
    #expect(try found([Mail(day: 4, messages: 2, result: .fail), Mail(day: 5, messages: 1, result: .fail)]).count == 1)
  }

  /// One of two servers signs with a wrong key.
  @Test func halfBrokenKeyIsBroken() throws {
    let mails = (1...30).map { Mail(day: $0, messages: 50, result: .pass) }
    let key = try found(mails + (11...30).map { Mail(day: $0, messages: 50, result: .fail) }).first
    #expect(key?.since.number == 11)
  }

  @Test func singleReporterThatCannotVerifyIsNotMeant() throws {
    let others = (1...30).flatMap { day in
      [2, 3].map { Mail(day: day, messages: 50, result: .pass, reporter: $0) }
    }
    let failing = (1...30).map { Mail(day: $0, messages: 50, result: .fail) }
    #expect(try found(others + failing).isEmpty)
    #expect(
      try found(others + failing + failing.map { Mail(day: $0.day, messages: 9, result: .fail, reporter: 4) }).count
        == 1)
  }

  @Test func mendedOrRetiredKeyIsOver() throws {
    let failing = (1...10).map { Mail(day: $0, messages: 50, result: .fail) }
    let mended = try #require(found(failing + [Mail(day: 11, messages: 50, result: .pass)]).first)
    #expect(mended.isOver && mended.until.number == 10)
  }
}
