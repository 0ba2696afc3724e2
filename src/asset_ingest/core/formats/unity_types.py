"""What kind of thing an asset is: the importer knows best, the extension is asked where an importer takes all sorts."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class EntryKind(StrEnum):
    FOLDER = "folder"
    SCRIPT = "script"
    SCENE = "scene"
    PREFAB = "prefab"
    TEXTURE = "texture"
    MODEL = "model"
    MATERIAL = "material"
    AUDIO = "audio"
    VIDEO = "video"
    SHADER = "shader"
    PLUGIN = "plugin"
    FONT = "font"
    ANIMATION = "animation"
    TEXT = "text"
    DATA = "data"
    OTHER = "other"


# Importers that take one kind of file. DefaultImporter, NativeFormatImporter, ScriptedImporter and TextScriptImporter
# take many, so they are not here.
_BY_IMPORTER: Final[dict[str | None, EntryKind]] = {
    "MonoImporter": EntryKind.SCRIPT,
    "AssemblyDefinitionImporter": EntryKind.DATA,
    "AssemblyDefinitionReferenceImporter": EntryKind.DATA,
    "TextureImporter": EntryKind.TEXTURE,
    "IHVImageFormatImporter": EntryKind.TEXTURE,
    "SpriteAtlasImporter": EntryKind.TEXTURE,
    "ModelImporter": EntryKind.MODEL,
    "SpeedTreeImporter": EntryKind.MODEL,
    "PrefabImporter": EntryKind.PREFAB,
    "SubstanceImporter": EntryKind.MATERIAL,
    "ShaderImporter": EntryKind.SHADER,
    "ComputeShaderImporter": EntryKind.SHADER,
    "RayTracingShaderImporter": EntryKind.SHADER,
    "ShaderIncludeImporter": EntryKind.SHADER,
    "AudioImporter": EntryKind.AUDIO,
    "VideoClipImporter": EntryKind.VIDEO,
    "MovieImporter": EntryKind.VIDEO,
    "PluginImporter": EntryKind.PLUGIN,
    "TrueTypeFontImporter": EntryKind.FONT,
    "PackageManifestImporter": EntryKind.DATA,
}

IMPORTERS: Final = (
    *filter(None, _BY_IMPORTER),
    "DefaultImporter",
    "NativeFormatImporter",
    "ScriptedImporter",
    "TextScriptImporter",
)

_EXTENSIONS: Final = {
    EntryKind.SCRIPT: "cs js boo",
    EntryKind.SCENE: "unity scenetemplate",
    EntryKind.PREFAB: "prefab",
    EntryKind.TEXTURE: "png jpg jpeg tga psd psb tif tiff exr hdr bmp gif dds ktx pvr astc iff pict webp svg "
    "rendertexture cubemap spriteatlas spriteatlasv2 lightmap texture2d",
    EntryKind.MODEL: "fbx obj dae 3ds blend max ma mb dxf glb gltf stl ply usd usdz abc spm st mesh c4d skp lxo jas",
    EntryKind.MATERIAL: "mat physicmaterial physicsmaterial2d physicmaterial2d sbsar terrainlayer",
    EntryKind.AUDIO: "wav ogg mp3 aif aiff flac mod it s3m xm m4a opus mixer",
    EntryKind.VIDEO: "mp4 mov webm avi m4v mpg mpeg ogv asf wmv mkv",
    EntryKind.SHADER: "shader cginc hlsl glslinc glsl compute raytrace shadergraph shadersubgraph vfx shadervariants",
    EntryKind.PLUGIN: "dll so a aar jar dylib bundle mm m h c cpp hpp swift java kt jslib jspre winmd framework rsp",
    EntryKind.FONT: "ttf otf ttc fontsettings dfont",
    EntryKind.ANIMATION: "anim controller overridecontroller mask playable signal",
    EntryKind.TEXT: "txt md html htm rtf pdf doc docx uxml uss tss log",
    EntryKind.DATA: "asset xml json bytes csv yaml yml asmdef asmref preset guiskin inputactions flare giparams "
    "lighting bin sql db plist strings mdb pdb unitypackage zip",
}
_BY_EXTENSION: Final = {extension: kind for kind, names in _EXTENSIONS.items() for extension in names.split()}


def kind_of(importer: str | None, extension: str) -> EntryKind:
    """Return the kind of a file; `extension` is in lower case and without its dot."""
    return _BY_IMPORTER.get(importer) or _BY_EXTENSION.get(extension, EntryKind.OTHER)


def extension_of(path: str) -> str:
    """Return it without its dot, in lower case; empty when the last name has none."""
    dot = path.rfind(".")
    return path[dot + 1 :].lower() if dot > path.rfind("/") else ""
