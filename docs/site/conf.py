# SPDX-License-Identifier: Apache-2.0
# The site of all documents and the reference, as Sphinx builds it from what scripts/site has put together.
import os

project = "libsztp"
author = copyright = "the libsztp authors"
version = release = os.environ["SZTP_VERSION"]
html_title = f"libsztp {release}"

extensions = ["myst_parser"]
root_doc = "index"
myst_heading_anchors = 4
myst_enable_extensions = ["tasklist"]
# Blocks of the guides are marked for tests as well ("c store.c"); MyST takes the first word as the language, and what Pygments can't
# read, such as a command with <word> in it, stays plain.
suppress_warnings = ["misc.highlighting_failure", "myst.header"]
highlight_language = "none"
primary_domain = "c"

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_theme_options = {"navigation_with_keys": True}
pygments_style = "default"
pygments_dark_style = "native"
# Sources that pages show are no pages.
exclude_patterns = ["copies"]
