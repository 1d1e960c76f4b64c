import Foundation
import Mustache

/// The templates of the page, which are embedded in the program.
struct Templates {
  private let library: MustacheLibrary

  /// The stylesheet.
  let style: String

  init() throws {
    MustacheContentTypes.register(EncodedText(), named: "DMARCSTAT")
    style = Self.text(PackageResources.style_css)
    let files: [(String, [UInt8])] = [
      ("page", PackageResources.page_mustache), ("section", PackageResources.section_mustache),
      ("text", PackageResources.text_mustache), ("table", PackageResources.table_mustache),
      ("chart", PackageResources.chart_mustache), ("card", PackageResources.card_mustache),
      ("events", PackageResources.events_mustache), ("folded", PackageResources.folded_mustache),
    ]
    var library = MustacheLibrary()
    for (name, bytes) in files { try library.register(Self.text(bytes), named: name) }
    self.library = library
  }

  /// Fills a template. Its values are encoded, but those in three braces, which other templates have made.
  func fill(_ name: String, _ values: [String: Any]) -> String {
    library.render(values, withTemplate: name) ?? ""
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
