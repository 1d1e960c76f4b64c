package import Charts

/// A page as its parts, before it is written as HTML, Markdown or text. All forms have the same sections and the same sentences.
///
/// Texts are not encoded: they may come from reports, and the writer of each format encodes them. Commands and records are between backticks.
package struct Page {
  /// A BCP 47 tag.
  package var language: String
  package var title: String
  /// Whom the page is about, and the days that it covers.
  package var subtitle, period: String
  package var footer: String
  /// The name of the table of contents, and of the link that skips it.
  package var contentsTitle, skipTitle: String
  package var blocks: [Block]

  /// A part of the page.
  package indirect enum Block {
    case section(Section)
    case paragraph(String, style: Style = .plain)
    case list([String])
    case table(Table)
    /// A long table that the reader of a page unfolds.
    case folded(title: String, Table)
    case chart(Chart)
    case card(Card)
    case events([Event])
  }

  /// How a paragraph looks.
  package enum Style: String {
    case plain
    /// The answer of the page.
    case lead
    /// A remark about numbers.
    case note
  }

  /// Parts with a heading.
  package struct Section {
    /// Unique in the page.
    package var id: String
    /// The level of the heading, from 2.
    package var level: Int
    package var title: String
    /// Whether a printed page begins with it.
    package var startsPage = false
    package var blocks: [Block]
  }

  /// Rows and columns. The first cell of a row is its heading.
  package struct Table {
    package var caption: String
    package var columns: [Column]
    package var rows: [[Cell]]

    /// A column.
    package struct Column {
      package var title: String
      package var isNumber = false
      /// Whether a narrow screen can do without it.
      package var isOptional = false
    }

    /// A cell.
    package struct Cell {
      package var text: String
      /// Drawn instead of the text, where the form allows pictures.
      package var sparkline: (line: Sparkline, cssClass: String)?

      package init(_ text: String) { self.text = text }
      package init(_ line: Sparkline, cssClass: String) { (text, sparkline) = (line.text, (line, cssClass)) }
    }
  }

  /// A picture with its numbers.
  package struct Chart {
    /// Unique in the page.
    package var id: String
    package var title, description: String
    package var picture: Picture
    /// What the colours mean.
    package var legend: [(cssClass: String, text: String)] = []
    /// The name of the folded table, and the table.
    package var tableTitle: String
    package var table: Table
    /// The picture in words, for forms without pictures.
    package var lines: Table?

    /// A picture for wide and one for narrow screens.
    package enum Picture {
      case area(wide: StackedArea, narrow: StackedArea, number: (Double) -> String)
      case bars(wide: Bars, narrow: Bars)
    }
  }

  /// Something that happened.
  package struct Event {
    /// How urgent it is: a class, and in words.
    package var cssClass, urgency: String
    package var title: String
    /// Its causes, as sentences.
    package var details: [String]
    /// The command that shows more; nil if there is none.
    package var command: String?
  }

  /// Something to decide.
  package struct Card {
    /// The level of its heading.
    package var level: Int
    package var title: String
    package var meaning: String
    /// Facts in groups, each with a heading.
    package var facts: [(title: String, items: [String])]
    package var adviceTitle, advice: String
    /// What can be copied: commands and records.
    package var copies: [(title: String, text: String)]
  }
}
