import ArgumentParser
import DMARC
import Render
import Settings
import Verdict

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the whole set-up, and say what to do about each fault.",
    discussion: """
      Checks the configuration, who may read and write its files, the database, the sources and mailboxes, name servers, the \
      clock, cron and systemd, whether the reports on each domain go to a mailbox that is read, and whether they arrive. \
      For reports that go to another domain it looks for the record with which that domain agrees (RFC 7489 section 7.1).

      Nothing is stored or changed. It goes on with what it can whatever is broken, and says "cannot tell" where it cannot know.

      The exit status is 0 if there are no errors, and 1 if there are. Warnings and what it cannot tell are no errors.

      EXAMPLES
        dmarcstat doctor
        dmarcstat doctor --quiet                     from cron
        dmarcstat doctor --local                     without mail servers and name servers
        dmarcstat doctor --format json | jq -r '.[] | select(.state == "error") | .next_step'
      """)

  @Flag(name: .shortAndLong, help: "Print only errors and warnings.")
  var quiet = false

  @Flag(help: "Do not connect to mail servers and name servers.")
  var local = false

  @Option(help: ArgumentHelp("The maximum time for lookups in seconds. (default: 30)", valueName: "seconds"))
  var maxTime: Int?

  @OptionGroup var dnsOptions: DNSOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func validate() throws {
    if let maxTime, !(1...86_400).contains(maxTime) { throw ValidationError("--max-time must be from 1 to 86400.") }
  }

  func run() throws {
    let loaded = Result { try databaseOptions.configuration() }
    let language = languageOption.language(try? loaded.get())
    let request = Doctor.Request(
      databaseOptions: databaseOptions, dnsOptions: dnsOptions, isLocal: local, maxTime: maxTime ?? 30)
    var doctor = Doctor(request, loaded, Phrasebook(language))
    let answer = DoctorAnswer(findings: doctor.run(), isQuiet: quiet)
    Terminal.print(
      answer.printable(format.format, width: format.width.map { min($0, 110) }, isStyled: format.isStyled))
    if answer.findings.count(.error) > 0 { throw ExitCode(.incomplete) }
  }
}
