"""The site file: read, checked and turned into the frozen `Site`."""

from aios.site.load import SiteFinding, SiteInvalid, load_site, site_of

__all__ = ["SiteFinding", "SiteInvalid", "load_site", "site_of"]
