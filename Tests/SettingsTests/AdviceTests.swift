import DMARC
import Foundation
import IMAP
import Testing

@testable import Settings
@testable import dmarcstat

/// Libraries state causes; the program adds options, keys and commands.
@Suite struct AdviceTests {
  @Test(arguments: Limits.Code.allCases) func aLimitNamesItsOptionAndKey(_ code: Limits.Code) {
    let error = InputError.limit(code, 7, "it is too large", line: 3)
    #expect(
      error.explanation
        == "it is too large (line 3): raise \(code.option) (`limits: \(code.key)`) if you trust the sender")
    #expect(error.limit?.maximum == 7)
    let stream = InputError.limit(code, 7, "it is too large", remedy: .boundStream)
    #expect(stream.nextStep.contains("raise \(code.option)"))
  }

  @Test func aFixedLimitNamesNoOption() {
    let error = InputError(fixedLimit: "an element has too many attributes")
    #expect(error.code == .limit && error.limit == nil)
    #expect(error.nextStep == "no genuine report comes near this; treat the sender with suspicion")
  }

  @Test func everyCodeAndRemedyHasItsOwnNextStep() {
    let steps = InputError.Remedy.allCases.map { InputError(.unreadable, "it cannot be read", remedy: $0).nextStep }
    #expect(Set(steps).count == steps.count)
    for code in InputError.Code.allCases { #expect(!InputError(code, "x").nextStep.isEmpty) }
    #expect(InputError(.documentType, "x").nextStep.contains("DOCTYPE"))
    #expect(InputError(.encrypted, "x").nextStep.contains("encrypted"))
    #expect(InputError(.incompleteReport, "x").nextStep.contains("dmarcstat lint"))
  }

  @Test func aWarningNamesTheOptionOfItsLimit() {
    let warning = ReportWarning(.namesFolded, "more than 7 names", limit: .names)
    #expect(warning.namingOption.message == "more than 7 names (--max-names)")
    #expect(ReportWarning(.textCut, "cut").namingOption.message == "cut")
  }

  @Test func serverErrorsNameTheKeysThatHelp() {
    func text(_ cause: IMAPError.Cause) -> String { IMAPError(.encryption, cause).explanation }
    #expect(
      text(.startTLSNotOffered)
        == "the server does not offer STARTTLS: use its encrypted port (`tls: implicit`, usually port 993)")
    #expect(text(.certificateUntrusted).hasSuffix("`ca_file`"))
    #expect(
      text(.authoritiesUnreadable(path: "a.pem", reason: "is a folder")).contains("a.pem is a folder: check `ca_file`"))
    #expect(text(.certificateForOtherNames("a.example", host: "b.example")).contains("`server`"))
    #expect(text(.plaintextLogin).contains("`tls: starttls`"))
    #expect(text(.mechanismNotOffered(.mechanism(.plain), offered: ["XOAUTH2"])).contains("`auth: plain`"))
    #expect(text(.connectionCut) == "the connection was cut")
    #expect(text(.custom("its own words")) == "its own words")
  }

  @Test(arguments: IMAPError.LoginHint.allCases) func rejectedLoginsSayWhatToCheck(_ hint: IMAPError.LoginHint) {
    func text(_ usesToken: Bool, _ hints: [IMAPError.LoginHint]) -> String {
      IMAPError(.login, .loginRefused(said: "the login was refused", usesToken: usesToken, hints: hints)).explanation
    }
    #expect(text(false, []) == "the login was refused: check user and password")
    #expect(text(true, []).contains("`token_command`"))
    #expect(text(false, [hint]).hasPrefix("the login was refused: check user and password; "))
  }
}
