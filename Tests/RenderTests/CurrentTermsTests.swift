import Testing

@testable import Render

@Suite struct CurrentTermsTests {
  @Test func oldKeysStayAndNewOnesFollow() {
    let table = ResultTable(
      [Column("unknown_ip"), Column("pass_rate"), Column("name")], [[.integer(1), .share(0.5), .text("a")]])
    #expect(
      Rendering.text(table, .ndjson)
        == #"{"unknown_ip":1,"pass_rate":0.5,"name":"a","needs_review":true,"pass_share":0.5}"# + "\n")
    #expect(
      Rendering.text(table, .csv)
        == "unknown_ip,pass_rate,name,needs_review,pass_share\r\n1,0.5,a,1,0.5\r\n")
    // People see each column once, under the term of the glossary.
    #expect(Rendering.text(table, .table).hasPrefix("NEEDS REVIEW  PASS RATE  NAME\n"))
  }

  @Test func newKeysAreNotAddedTwice() {
    let table = ResultTable([Column("unknown"), Column("needs_review_messages")], [[.integer(1), .integer(2)]])
    #expect(Rendering.text(table, .ndjson) == #"{"unknown":1,"needs_review_messages":2}"# + "\n")
  }

  private static let none =
    #""np":null,"adkim":null,"aspf":null,"pct":null,"fo":null,"testing":null,"psd":null,"rua":null,"ruf":null}"#

  @Test(arguments: [
    ("p=none sp=reject", #"{"p":"none","sp":"reject","# + none),
    (#"_dmarc.example.com. TXT "v=DMARC1; p=none;" " sp = reject""#, #"{"p":"none","sp":"reject","# + none),
    ("p=none sp=reject pct=many p=reject x", #"{"p":"none","sp":"reject","# + none),
    ("", #"{"p":null,"sp":null,"# + none), (#"""""#, #"{"p":null,"sp":null,"# + none),
    (
      #"a. TXT "v=DMARC1; p=reject; t=y; pct=5; rua=mailto:a@a.example, mailto:b@b.example""#,
      #"{"p":"reject","sp":null,"np":null,"adkim":null,"aspf":null,"pct":5,"fo":null,"testing":"y","psd":null,"#
        + #""rua":"mailto:a@a.example, mailto:b@b.example","ruf":null}"#
    ),
  ])
  func policiesAreObjects(_ text: String, _ json: String) { #expect(PolicyObject.json(text) == json) }
}
