import DMARC
import Foundation
import IMAP
import Testing
import Verdict

@testable import Settings

/// The sample configuration that `init` and packages write.
@Suite struct SampleConfigurationTests {
  @Test(arguments: Language.allCases) func everyKeyIsExplained(_ language: Language) throws {
    let text = SampleConfiguration(language).text
    for key in Configuration.keys { #expect(text.contains("\n#\(key):"), "\(key) is missing") }
    // As it is, it says nothing.
    let configuration = try Configuration.parse(text, path: "sample.yaml")
    #expect(configuration.sources.isEmpty && configuration.accounts.isEmpty && configuration.knownSenders == nil)
    #expect(configuration.language == nil)
  }

  @Test(arguments: Language.allCases) func allExamplesAreValid(_ language: Language) throws {
    let lines = SampleConfiguration(language).text.split(separator: "\n", omittingEmptySubsequences: false)
    let examples = lines.map { line in
      line.prefixMatch(of: /#([a-z_]+:|  )/) == nil ? line : line.dropFirst()
    }
    let configuration = try Configuration.parse(examples.joined(separator: "\n"), path: "/etc/sample.yaml")
    #expect(configuration.accounts.map(\.name) == ["reports"] && configuration.knownSenders?.count == 2)
    #expect(configuration.language == language && configuration.keep != nil)
  }

  @Test(arguments: [
    "/srv/reports", "/with space", "/it's: a # 'path'", "/yes", "/日本語", "/{a, b}", "/\"quoted\"", "/- x", "/a\\b",
  ])
  func valuesSurvive(_ path: String) throws {
    var draft = ConfigurationDraft(language: .japanese)
    draft.domains = [try #require(DomainName("example.com")), try #require(DomainName("no.example"))]
    (draft.sources, draft.database) = ([path, "/second"], path)
    var account = ConfigurationDraft.Account()
    (account.server, account.port, account.user) = ("imap.example.com", 1_993, "true")
    (account.secret, account.folders, account.after) = (("password_command", path), ["INBOX", path], "move:A/B c")
    draft.account = account
    let configuration = try draft.configuration("/etc/dmarcstat/config.yaml")
    #expect(configuration.sources == [path, "/second"] && configuration.database == path)
    #expect(configuration.ownDomains == draft.domains && configuration.language == .japanese)
    let read = try #require(configuration.accounts.first)
    #expect(read.user == "true" && read.endpoint.port == 1_993 && read.folders == ["INBOX", path])
    #expect(read.secret == .command(path) && read.after == .move("A/B c"))
  }
}
