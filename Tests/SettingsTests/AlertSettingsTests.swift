import Testing
import Verdict

@testable import Settings

/// The key `alerts` of the configuration, and mistakes in it.
@Suite struct AlertSettingsTests {
  private func parse(_ text: String) throws -> AlertSettings? {
    try Configuration.parse(text, path: "/etc/d/c.yaml").alerts
  }

  @Test func withoutTheKeyNothingIsLookedFor() throws {
    #expect(try parse("lang: ja") == nil)
    #expect(try parse("alerts:") == AlertSettings())
    #expect(try parse("alerts: {}") == AlertSettings())
  }

  @Test func everyKeyIsRead() throws {
    let settings = try #require(
      try parse(
        """
        alerts:
          at_most: 9
          quiet_first_run: false
          lang: ja
          rules: {spoofing: off, replay: on, new-sender: {messages: 250}, no-reports: {days: 5}, intake: {hours: 2}}
        """))
    #expect(settings.atMost == 9 && !settings.isQuietAtFirst && settings.language == .japanese)
    #expect(settings.threshold(.spoofing) == nil && settings.threshold(.replay) == 20)
    #expect(settings.threshold(.newSender) == 250 && settings.threshold(.noReports) == 5)
    #expect(settings.threshold(.intake) == 2 && settings.threshold(.conflicts) == 1)
  }

  @Test(arguments: [
    ("at_mots: 3", "did you mean \"at_most\"?"), ("at_most: 0", "expected a positive integer"),
    ("rules: {spoofign: off}", "did you mean \"spoofing\"?"),
    ("rules: {spoofing: {days: 3}}", "spoofing: {messages: 100}"),
    ("rules: {spoofing: 30}", "spoofing: {messages: 100}"),
    ("rules: {spoofing: {messages: -1}}", "expected a positive integer"),
    ("rules: {spf-record: {messages: 3}}", "it has no threshold"), ("quiet_first_run: 7", "expected true or false"),
    ("lang: fr", "`lang` must be one of"),
  ])
  func mistakesNameFileLineAndWhatIsRight(text: String, expected: String) {
    let error = #expect(throws: SettingsError.self) { try parse("lang: en\nalerts:\n  \(text)") }
    #expect(error?.description.hasPrefix("/etc/d/c.yaml: ") ?? false, "\(String(describing: error))")
    #expect(error?.description.hasSuffix("(line 3)") ?? false)
    #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
  }
}
