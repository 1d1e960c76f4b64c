// swift-tools-version: 6.2
import PackageDescription

// CI sets DMARCSTAT_WERROR=1; a newcomer with a newer compiler is not stopped by its new warnings.
let strictness: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ]
  + (Context.environment["DMARCSTAT_WERROR"] == nil ? [] : [.treatAllWarnings(as: .error)])

// The fuzzers link only where scripts/fuzz builds them, with libFuzzer's own main function.
let fuzzers: [Target] =
  Context.environment["DMARCSTAT_FUZZ"] == nil
  ? []
  : [
    ("FuzzXML", ["DMARC", "ReportXML"]), ("FuzzContainer", ["DMARC", "Intake"]), ("FuzzMail", ["DMARC", "Intake"]),
    ("FuzzIMAP", ["IMAP"]), ("FuzzHeaders", ["DMARC", "Intake"]),
  ]
  .map { name, dependencies in
    .executableTarget(
      name: name, dependencies: dependencies.map { .target(name: $0) }, path: "Fuzz/\(name)",
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  }

// One program for each library product. They are built with everything else, so that they always compile.
let examples: [Target] = [
  ("PublishRecord", ["DMARC"]), ("StreamRows", ["DMARC", "ReportXML"]),
  ("ReadReport", ["DMARC", "Intake", "ReportXML"]),
  ("JudgeFlow", ["DMARC", "Verdict"]),
]
.map { name, dependencies in
  .executableTarget(
    name: name, dependencies: dependencies.map { .target(name: $0) }, path: "Examples/\(name)",
    swiftSettings: strictness)
}

let package = Package(
  name: "dmarcstat",
  products: [
    .executable(name: "dmarcstat", targets: ["dmarcstat"]),
    .library(name: "DMARC", targets: ["DMARC"]),
    .library(name: "ReportXML", targets: ["ReportXML"]),
    .library(name: "Intake", targets: ["Intake"]),
    .library(name: "Verdict", targets: ["Verdict"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CGMime", pkgConfig: "gmime-3.0", providers: [.apt(["libgmime-3.0-dev"])]),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
    .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
    .systemLibrary(name: "CPSL", pkgConfig: "libpsl", providers: [.apt(["libpsl-dev"])]),
    .systemLibrary(name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
    .systemLibrary(name: "CMaxMind", pkgConfig: "libmaxminddb", providers: [.apt(["libmaxminddb-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CCrashNote"),
    .target(
      name: "Wording",
      resources: [
        .embedInCode("ja/headings.json"), .embedInCode("ja/help.json"), .embedInCode("ja/messages.json"),
        .embedInCode("ja/words.json"),
      ],
      swiftSettings: strictness),
    // Without Foundation or Glibc nothing else would link the functions that `rounded()` needs.
    .target(
      name: "DMARC", dependencies: ["CIDN2"], swiftSettings: strictness,
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(
      name: "ReportXML",
      dependencies: ["DMARC", "CLibXML2"],
      exclude: ["Schemas/README.md", "Schemas/alert.schema.json", "Schemas/output", "Schemas/parse.schema.json"],
      resources: [
        .embedInCode("Schemas/dmarc-0.1.xsd"), .embedInCode("Schemas/rfc7489.xsd"),
        .embedInCode("Schemas/rfc9990.xsd"),
      ],
      swiftSettings: strictness),
    .target(
      name: "Intake", dependencies: ["CCrashNote", "DMARC", "ReportXML", "CZlib", "CArchive", "CGMime", "CNettle"],
      swiftSettings: strictness),
    .target(
      name: "IMAP",
      dependencies: [
        "CIDN2",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strictness),
    .target(
      name: "Store",
      dependencies: [
        "DMARC", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strictness),
    .target(
      name: "Verdict", dependencies: ["DMARC"],
      resources: [
        .embedInCode("Infrastructure/infrastructure.txt"), .embedInCode("Text/texts.en.json"),
        .embedInCode("Text/texts.ja.json"), .embedInCode("Services/services.json"),
      ],
      swiftSettings: strictness),
    .target(name: "Signatures", dependencies: ["DMARC", "Verdict", "CNettle"], swiftSettings: strictness),
    .target(name: "Transfers", dependencies: ["CCurl"], swiftSettings: strictness),
    .target(
      name: "Lookup", dependencies: ["CCares", "CCurl", "CMaxMind", "CPSL", "DMARC", "Transfers"],
      swiftSettings: strictness),
    .target(name: "Render", dependencies: ["DMARC", "Store", "Wording"], swiftSettings: strictness),
    .target(name: "Charts", swiftSettings: strictness),
    .target(
      name: "Settings", dependencies: ["DMARC", "IMAP", "Lookup", "Verdict", "Yams"],
      resources: [.embedInCode("Sample/config.en.yaml"), .embedInCode("Sample/config.ja.yaml")],
      swiftSettings: strictness),
    .target(
      name: "Ingestion",
      dependencies: ["CCrashNote", "DMARC", "ReportXML", "Intake", "IMAP", "Lookup", "Store", "Settings"],
      swiftSettings: strictness),
    .target(
      name: "Classification", dependencies: ["DMARC", "Lookup", "Store", "Verdict", "Settings"],
      swiftSettings: strictness),
    .target(
      name: "Pages",
      dependencies: [
        "Charts", "Classification", "DMARC", "Render", "Settings", "Store", "Verdict",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [
        .embedInCode("Templates/card.mustache"), .embedInCode("Templates/chart.mustache"),
        .embedInCode("Templates/events.mustache"), .embedInCode("Templates/folded.mustache"),
        .embedInCode("Templates/page.mustache"), .embedInCode("Templates/section.mustache"),
        .embedInCode("Templates/style.css"), .embedInCode("Templates/table.mustache"),
        .embedInCode("Templates/text.mustache"),
      ],
      swiftSettings: strictness),
    .target(
      name: "Delivery", dependencies: ["CCurl", "DMARC", "Render", "Settings", "Store", "Transfers", "Verdict"],
      swiftSettings: strictness),
    .executableTarget(
      name: "dmarcstat",
      dependencies: [
        "DMARC", "ReportXML", "Intake", "IMAP", "Store", "Verdict", "Signatures", "Lookup", "Render", "Settings",
        "Ingestion", "Classification", "Charts", "Delivery", "Pages", "Wording",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strictness),
    .target(name: "Seeds", path: "Tests/Seeds", swiftSettings: strictness),
    .testTarget(name: "DMARCTests", dependencies: ["DMARC", "Seeds"], swiftSettings: strictness),
    .testTarget(name: "ReportXMLTests", dependencies: ["ReportXML", "Seeds"], swiftSettings: strictness),
    .testTarget(name: "IntakeTests", dependencies: ["Intake", "CZlib", "Seeds"], swiftSettings: strictness),
    .target(
      name: "IMAPTestServer",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      path: "Tests/IMAPTestServer", swiftSettings: strictness),
    .testTarget(
      name: "IMAPTests",
      dependencies: [
        "IMAP", "IMAPTestServer", "Seeds", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strictness),
    .testTarget(
      name: "StoreTests",
      dependencies: [
        "Seeds", "Store", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      exclude: ["Fixtures"], swiftSettings: strictness),
    .testTarget(name: "VerdictTests", dependencies: ["Verdict", "Lookup", "Seeds"], swiftSettings: strictness),
    .testTarget(name: "SignaturesTests", dependencies: ["DMARC", "Signatures", "Verdict"], swiftSettings: strictness),
    .testTarget(name: "LookupTests", dependencies: ["Lookup", "Seeds"], swiftSettings: strictness),
    .testTarget(name: "ChartsTests", dependencies: ["Charts"], swiftSettings: strictness),
    .testTarget(
      name: "PagesTests", dependencies: ["Charts", "Classification", "DMARC", "Pages", "Verdict"],
      swiftSettings: strictness),
    .testTarget(
      name: "DeliveryTests", dependencies: ["DMARC", "Delivery", "Settings", "Store", "Transfers", "Verdict"],
      exclude: ["Golden", "servers"], swiftSettings: strictness),
    .testTarget(name: "WordingTests", dependencies: ["Wording"], swiftSettings: strictness),
    .testTarget(name: "RenderTests", dependencies: ["Render", "Wording"], swiftSettings: strictness),
    .testTarget(
      name: "SettingsTests", dependencies: ["DMARC", "IMAP", "Intake", "ReportXML", "Settings", "dmarcstat"],
      swiftSettings: strictness),
    .testTarget(
      name: "IngestionTests",
      dependencies: ["DMARC", "IMAP", "IMAPTestServer", "Ingestion", "Intake", "Settings", "Store"],
      swiftSettings: strictness),
    .testTarget(
      name: "ClassificationTests",
      dependencies: [
        "Classification", "DMARC", "Lookup", "Seeds", "Settings", "Store", "Verdict",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strictness),
    .testTarget(name: "ArchitectureTests", swiftSettings: strictness),
    .testTarget(
      name: "EndToEndTests", dependencies: ["dmarcstat", "Seeds"],
      exclude: [
        "Golden", "check", "imap", "independent_reader.py", "canonical_hashes.py", "odd_inputs.py", "hostile_inputs.py",
        "hostile_names.py", "spf_compare.py", "check_domains.py", "mail", "page", "recipes", "simulated_year.py",
        "watch_records.py", "year",
      ],
      swiftSettings: strictness),
  ] + examples + fuzzers,
  swiftLanguageModes: [.v6]
)
