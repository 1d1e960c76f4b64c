import Foundation
import Testing

/// docs/architecture.md and Package.swift match the imports of the sources, and every arrow points down.
@Suite struct ArchitectureTests {
  @Test func tableListsTheImportsOfTheFiles() throws {
    let imported = try Targets.imported()
    let documented = try Targets.documented().flatMap { row in row.targets.map { ($0, row.imports) } }
    #expect(documented.map(\.0).sorted() == imported.keys.sorted())
    for (target, imports) in documented {
      #expect(imports.sorted() == imported[target]?.sorted(), "imports of \(target) in docs/architecture.md")
    }
  }

  @Test func packageDependenciesEqualTheImports() throws {
    let imported = try Targets.imported()
    let declared = try Targets.declared()
    #expect(declared.keys.sorted() == imported.keys.sorted())
    for (target, dependencies) in declared {
      #expect(dependencies.sorted() == imported[target]?.sorted(), "dependencies of \(target) in Package.swift")
    }
  }

  @Test func everyImportPointsDown() throws {
    let imported = try Targets.imported()
    let rows = try Targets.documented()
    var below: Set<String> = []
    for row in rows {
      for target in row.targets {
        let upward = (imported[target] ?? []).intersection(imported.keys).subtracting(below)
        #expect(
          upward.isEmpty, "\(target) imports \(upward.sorted()), which docs/architecture.md does not list above it")
      }
      below.formUnion(row.targets)
    }
  }

  @Test(arguments: [
    ("import Store\n", ["Store"]), ("package import Store\nimport IMAP", ["IMAP", "Store"]),
    ("@preconcurrency public import struct Store.Backup", ["Store"]), ("@testable import Store", ["Store"]),
    ("@_spi(Test) internal import Store", ["Store"]), ("// import Store", []), ("let important = 1", []),
  ])
  func importsAreFoundInAnyForm(_ source: String, _ modules: [String]) {
    #expect(Targets.imports(in: source).sorted() == modules)
  }
}
