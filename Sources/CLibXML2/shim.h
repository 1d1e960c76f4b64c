#include <libxml/xmlversion.h>
/* Debian's libxml2 includes ICU's headers, which clash with the copy of ICU inside Swift's Foundation. Only the layout of
 * xmlCharEncodingHandler depends on this, which this program never accesses. */
#undef LIBXML_ICU_ENABLED
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

static inline void xml_ignore_message(void *context, const char *format, ...) {
  (void)context, (void)format;
}

static inline void xml_ignore_error(void *context, xmlErrorPtr error) {
  (void)context, (void)error;
}

/* libxml2 passes some encoding errors to the thread's handlers, which print them. */
static inline void xml_keep_quiet(void) {
  xmlSetGenericErrorFunc(NULL, xml_ignore_message);
  xmlSetStructuredErrorFunc(NULL, xml_ignore_error);
}
