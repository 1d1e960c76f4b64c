#include <libxml/xmlversion.h>
/* Debian's libxml2 draws in ICU's headers, which clash with the copy of ICU inside Swift's Foundation. Only the layout of
 * xmlCharEncodingHandler depends on this, which nobody here looks into. */
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

/* Some errors of encodings go to libxml2's handlers of the thread, which print them. */
static inline void xml_keep_quiet(void) {
  xmlSetGenericErrorFunc(NULL, xml_ignore_message);
  xmlSetStructuredErrorFunc(NULL, xml_ignore_error);
}
