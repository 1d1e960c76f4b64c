import Foundation
import Testing

/// The files of the Debian package that can be checked without building it. `scripts/test-package` installs it.
@Suite struct PackagingTests {
  private let program: Program

  init() throws { program = try Program() }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: Program.root + "/" + path, encoding: .utf8)
  }

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: Program.root + "/" + folder).sorted()
  }

  private func run(_ command: String, _ arguments: [String]) throws -> Program.Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: Program.root)
    return try Program.finish(process)
  }

  // MARK: Version

  @Test func versionIsStatedInOnePlace() throws {
    let version = try program.run("--version").output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try run(Program.root + "/scripts/version", []).output == version + "\n")
    #expect(try text("CHANGELOG.md").contains(version))
    #expect(try text("debian/NEWS").hasPrefix("dmarcstat ("))
  }

  // MARK: Configuration

  /// The configuration of the package with all settings that it shows; a setting has no space after the sign.
  private func everySetting() throws -> String {
    try text("packaging/config.yaml").split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("#") && !$0.hasPrefix("# ") || $0.hasPrefix("#  ") ? String($0.dropFirst()) : String($0) }
      .joined(separator: "\n")
  }

  @Test func configurationsAreValid() throws {
    let shipped = Program.root + "/packaging/config.yaml"
    #expect(try program.run("accounts", "list", "--config", shipped).status == 0)
    var everything = try everySetting()
    // Files that only an administrator has.
    everything = everything.replacing(/(?m)^(geoip|infrastructure|names):.*$/, with: "")
    let path = try program.write("all.yaml", everything)
    let result = try program.run("accounts", "list", "--config", path, "--format", "json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("imap.example.com"))
  }

  @Test func configurationShowsEveryKey() throws {
    // The message about a key that is not known lists those that are.
    let wrong = try program.write("wrong.yaml", "nonsense: 1\n")
    let message = try program.run("accounts", "list", "--config", wrong).errors
    let match = try #require(message.firstMatch(of: /Known keys: ([a-z_, \n]+)/), "\(message)")
    let known = match.1.split { ", \n".contains($0) }
    #expect(known.count > 15)
    let shown = Set(try everySetting().matches(of: /(?m)^([a-z_]+):/).map { String($0.1) })
    #expect(Set(known.map(String.init)).subtracting(shown) == [])
  }

  // MARK: Man pages

  @Test func manPagesAreWellFormed() throws {
    let folder = program.folder + "/man"
    let made = try run(Program.root + "/scripts/man-pages", ["--program", Program.binary, folder])
    #expect(made.status == 0, "\(made.errors)")
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(pages.count > 40)
    #expect(
      Set(["dmarcstat.1", "dmarcstat-ingest.1", "dmarcstat-config.5", "dmarcstat-verdicts.7"]).isSubset(of: pages))
    for page in pages {
      let result = try run(
        "/usr/bin/env",
        [
          "LC_ALL=C.UTF-8", "MANWIDTH=100", "man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
          folder + "/" + page,
        ])
      #expect(result.status == 0 && result.errors.isEmpty, "\(page): \(result.errors)")
    }
    let configuration = try String(contentsOfFile: folder + "/dmarcstat-config.5", encoding: .utf8)
    for key in try everySetting().matches(of: /(?m)^([a-z_]+):/) {
      #expect(configuration.contains("\\fB\(key.1)\\fP"), "\(key.1)")
    }
    // The pages that the units name.
    for unit in try files("systemd") {
      for page in try text("systemd/" + unit).matches(of: /man:([a-z-]+)\(([0-9])\)/) {
        #expect(pages.contains("\(page.1).\(page.2)"), "\(unit): \(page.1)")
      }
    }
  }

  /// Each page has a Japanese version, whose lines may end between Japanese characters.
  @Test func japaneseManPagesAreWellFormed() throws {
    let folder = program.folder + "/man"
    for options in [["--language", "en", folder], ["--language", "ja", folder + "/ja"]] {
      let made = try run(Program.root + "/scripts/man-pages", ["--program", Program.binary] + options)
      #expect(made.status == 0, "\(made.errors)")
    }
    let english = Set(try FileManager.default.contentsOfDirectory(atPath: folder)).subtracting(["ja"])
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder + "/ja")
    #expect(english == Set(pages))
    for page in pages {
      let result = try run(
        "/usr/bin/env",
        [
          "LC_ALL=C.UTF-8", "MANWIDTH=100", "man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
          "\(folder)/ja/\(page)",
        ]
      )
      // A command with its options is never broken.
      let errors = result.errors.split(separator: "\n").filter { !$0.hasSuffix("can't break line") }
      #expect(result.status == 0 && errors.isEmpty, "\(page): \(errors)")
      let source = try String(contentsOfFile: "\(folder)/ja/\(page)", encoding: .utf8)
      #expect(source.contains(".SH \\[u540D]\\:\\[u524D]\n"), "\(page)")
    }
    // Every paragraph about a key of the configuration has a text.
    let keys = try String(contentsOfFile: folder + "/ja/dmarcstat-config.5", encoding: .utf8)
    #expect(!keys.contains(/\n[A-Z][a-z]+ [a-z]+ [a-z]+/), "add the text to packaging/config.ja.json")
  }

  // MARK: Units

  @Test func unitsAreValid() throws {
    let units = try files("systemd")
    #expect(units.count >= 7)
    for unit in units {
      _ = try program.write(
        "units/" + unit, try text("systemd/" + unit).replacing("/usr/bin/dmarcstat", with: Program.binary))
    }
    let result = try run(
      "/usr/bin/env",
      ["SYSTEMD_LOG_LEVEL=warning", "systemd-analyze", "verify", "--man=no"]
        + units.map { program.folder + "/units/" + $0 })
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.errors.contains(program.folder), "\(result.errors)")
  }

  @Test func servicesRunHardenedAsTheirUser() throws {
    let hardening = [
      "User=dmarcstat", "Group=dmarcstat", "StateDirectory=dmarcstat", "ProtectSystem=strict", "ProtectHome=yes",
      "PrivateDevices=yes", "PrivateTmp=yes", "ProtectKernelTunables=yes", "ProtectKernelModules=yes",
      "ProtectControlGroups=yes", "RestrictNamespaces=yes", "RestrictSUIDSGID=yes", "LockPersonality=yes",
      "NoNewPrivileges=yes", "CapabilityBoundingSet=", "SystemCallFilter=@system-service",
    ]
    for unit in try files("systemd") where unit.hasSuffix(".service") {
      let lines = try text("systemd/" + unit).split(separator: "\n").map(String.init)
      #expect(Set(hardening).subtracting(lines) == [], "\(unit)")
      let command = try #require(lines.first { $0.hasPrefix("ExecStart=") })
      #expect(command.hasPrefix("ExecStart=/usr/bin/dmarcstat "), "\(unit)")
      #expect(command.hasSuffix("--config /etc/dmarcstat/config.yaml"), "\(unit)")
    }
  }

  // MARK: Package

  @Test func maintainerScriptsAreValid() throws {
    for name in try files("debian") where name.hasSuffix(".postinst") || name.hasSuffix(".postrm") {
      let result = try run("/usr/bin/env", ["dash", "-n", "debian/" + name])
      #expect(result.status == 0 && result.errors.isEmpty, "\(name): \(result.errors)")
      #expect(try text("debian/" + name).contains("#DEBHELPER#"), "\(name)")
    }
    for name in ["package", "test-package", "release", "build-program", "compare-packages", "install", "quickstart"] {
      #expect(try run("/usr/bin/env", ["bash", "-n", "scripts/" + name]).status == 0, "\(name)")
    }
    for name in ["month", "service"] {
      #expect(try run("/usr/bin/env", ["dash", "-n", "debian/tests/" + name]).status == 0, "\(name)")
    }
  }

  @Test func packageIsBuiltWithWhatTheBuildNeeds() throws {
    let scripts = try text("scripts/packages.sh")
    let match = try #require(scripts.firstMatch(of: /build_packages=\(([^)]*)\)/))
    let control = try text("debian/control")
    for package in match.1.split(whereSeparator: \.isWhitespace) {
      #expect(control.contains(" \(package)"), "Build-Depends in debian/control lacks \(package)")
    }
  }

  @Test func filesOfThePackageExist() throws {
    for list in ["debian/dmarcstat.install", "debian/dmarcstat.docs", "debian/dmarcstat.examples"] {
      for line in try text(list).split(separator: "\n") {
        let path = String(line.prefix { $0 != " " })
        guard !path.hasPrefix("debian/made/") else { continue }
        let folder = path.replacing(/\/\*\.[a-z]+$/, with: "")
        #expect(FileManager.default.fileExists(atPath: Program.root + "/" + folder), "\(list): \(path)")
      }
    }
  }

  /// Every Swift package that the build resolves has a stanza in debian/copyright.
  @Test func licencesOfLinkedPackagesAreStated() throws {
    struct Resolved: Decodable {
      struct Pin: Decodable { var location: String }
      var pins: [Pin]
    }
    let data = Data(try text("Package.resolved").utf8)
    let copyright = try text("debian/copyright")
    let pins = try JSONDecoder().decode(Resolved.self, from: data).pins
    #expect(pins.count > 5)
    for pin in pins {
      let name = URL(fileURLWithPath: pin.location).lastPathComponent.replacing(/\.git$/, with: "")
      #expect(copyright.contains("checkouts/\(name)/"), "\(name)")
    }
  }
}
