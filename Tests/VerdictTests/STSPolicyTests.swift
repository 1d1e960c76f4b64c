import DMARC
import Lookup
import Testing

@testable import Verdict

@Suite struct STSPolicyTests {
  private func policy(_ text: String) throws -> STSPolicy { try STSPolicy(Array(text.utf8)) }

  private static let usual = [
    "version: STSv1", "mode: enforce", "mx: mx1.example.com", "mx: *.example.net", "max_age: 604800", "",
  ].joined(separator: "\r\n")

  @Test func aPolicyIsRead() throws {
    let policy = try policy(Self.usual)
    #expect(policy.mode == .enforce && policy.maxAge == 604_800)
    #expect(policy.servers == ["mx1.example.com", "*.example.net"])
    // Line feeds alone, blanks, unknown keys and no line end at the end are all allowed.
    let other = try self.policy("version:STSv1\nmode: none \nx_y:  z\n\nmax_age: 0")
    #expect(other.mode == .none && other.servers.isEmpty)
  }

  @Test(arguments: [
    ("", STSPolicy.Mistake.line(1)), ("<html>", .line(1)), ("version: STSv1\nmode enforce", .line(2)),
    ("version: STSv1\u{0}", .line(1)), ("version: STSv2\n", .key("version")), ("mode: enforce\n", .key("version")),
    ("version: STSv1\nmode: yes", .key("mode")), ("version: STSv1\nmode: enforce\nmx: a.example", .key("max_age")),
    ("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 99999999999999999999", .key("max_age")),
    ("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1", .key("max_age")),
    ("version: STSv1\nmode: enforce\nmax_age: 1", .key("mx")),
    ("version: STSv1\nmode: enforce\nmx: a/b\nmax_age: 1", .key("mx")),
  ])
  func mistakesAreNamed(text: String, mistake: STSPolicy.Mistake) {
    #expect(throws: mistake) { try policy(text) }
  }

  @Test(arguments: [
    ("mx1.example.com", true), ("MX1.Example.COM", true), ("mx2.example.com", false), ("a.example.net", true),
    ("a.b.example.net", false), ("example.net", false), (".example.net", false),
  ])
  func serversAreMatchedByOneLabel(host: String, isNamed: Bool) throws {
    #expect(try policy(Self.usual).names(host) == isNamed)
  }

  private static let zone = """
    $ORIGIN .
    s.test. MX 10 mx1.example.com.
    s.test. MX 20 mx9.example.com.
    mx1.example.com. A 192.0.2.1
    mx9.example.com. A 192.0.2.9
    _mta-sts.s.test. TXT "v=STSv1; id=1"
    mta-sts.s.test. A 192.0.2.2
    """

  private func findings(_ answer: STSAnswer) throws -> (codes: [String], check: DomainCheck) {
    let zone = try ZoneFile(parsing: Self.zone)
    let check = DomainCheck(
      try #require(DomainName("s.test")), selectors: [], use: nil, organisations: Organisations { $0 }, sts: answer
    ) { zone.answer(to: $0) }
    return (check.findings.map(\.code.rawValue).filter { $0.hasPrefix("mta-sts") }, check)
  }

  @Test(arguments: [
    (usual, ["mta-sts-server-refused"]),
    (usual.replacing("enforce", with: "testing"), ["mta-sts-server-unlisted", "mta-sts-policy-testing"]),
    (usual.replacing("enforce", with: "none"), ["mta-sts-policy-none"]),
    (usual.replacing("604800", with: "60"), ["mta-sts-server-refused", "mta-sts-policy-short"]),
    (usual.replacing("*.example.net", with: "*.example.com"), []),
    ("nothing", ["mta-sts-policy-line"]), ("version: STSv1", ["mta-sts-policy-key"]),
  ])
  func policiesAreComparedWithMailServers(text: String, codes: [String]) throws {
    #expect(try findings(.text(Array(text.utf8))).codes == codes)
  }

  @Test(arguments: STSAnswer.Failure.allCases, Language.allCases)
  func failuresHaveACause(failure: STSAnswer.Failure, language: Language) throws {
    let (codes, check) = try findings(.failed(failure, status: 404))
    #expect(codes == ["mta-sts-policy-missing"] && check.transport.stsPolicy == nil)
    let finding = try #require(check.findings.first { $0.code == .stsPolicyMissing })
    let text = finding.text(Phrasebook(language))
    #expect(text.contains("https://mta-sts.s.test/.well-known/mta-sts.txt") && !text.contains("check-cause"))
    #expect(!text.contains("{") && text.contains("404") == (failure == .status), "\(text)")
  }
}
