import Foundation
import Testing

/// The recipes of docs/recipes, followed word for word on a throwaway machine: a layer over this machine, with its own
/// network and processes.
@Suite(.enabled(if: geteuid() == 0, "a throwaway machine needs root"), .serialized)
struct RecipeTests {
  private static let pypi = Program.root + "/.build/pypi/complete"
  private static let hasPostfix =
    (try? FileManager.default.contentsOfDirectory(atPath: Program.root + "/.build/packages"))?
    .contains { $0.hasPrefix("postfix_") } == true

  private func follow(_ recipe: String) throws {
    let program = try Program()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [
      Program.root + "/Tests/EndToEndTests/recipes/run.py", recipe, program.folder + "/machine", Program.binary,
    ]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(result.output.contains(/[1-9][0-9]* commands/), "\(result.output)\(result.errors)")
  }

  @Test(arguments: [
    "dovecot-sieve", "mailcow", "mailu", "docker-mailserver", "gmail", "microsoft-365", "thousand-domains", "grafana",
    "monthly-review",
  ])
  func works(_ recipe: String) throws { try follow(recipe) }

  @Test(.enabled(if: hasPostfix, "scripts/download-packages has not downloaded Postfix"))
  func postfixWorks() throws { try follow("postfix") }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: pypi),
      "Debian does not have it, and scripts/install-from-pypi has not run"),
    arguments: ["datasette", "duckdb"])
  func fromPyPIWorks(_ recipe: String) throws { try follow(recipe) }
}

/// What all recipes have in common.
@Suite struct RecipeFormTests {
  @Test func everyRecipeSaysWhatItMust() throws {
    let folder = Program.root + "/docs/recipes"
    let recipes = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != "README.md" }
    #expect(recipes.count == 12)
    let index = try String(contentsOfFile: folder + "/README.md", encoding: .utf8)
    for recipe in recipes {
      let text = try String(contentsOfFile: folder + "/" + recipe, encoding: .utf8)
      for heading in ["## Steps", "## Whether it works", "## What can go wrong", "## Tried"] {
        // In this recipe, the section with the hoster's questions shows that it works.
        if recipe == "thousand-domains.md", heading == "## Whether it works" { continue }
        #expect(text.contains("\n\(heading)\n"), "\(recipe): \(heading)")
      }
      #expect(text.contains("Not tried:"), "\(recipe)")
      #expect(index.contains("(\(recipe))"), "\(recipe)")
    }
  }
}
